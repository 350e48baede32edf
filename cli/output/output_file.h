// A file that a command writes as a whole: a page, a profile, numbers.
#pragma once

#include <string>
#include <string_view>

#include "weights/atomic_file.h"

namespace serene::cli {

// weights::AtomicFile, whose errors end the run: throws Stop(kExitOutput) naming file and cause.
class OutputFile {
 public:
  // Nothing is at `path` before commit() that was not there.
  explicit OutputFile(const std::string& path);

  int descriptor() const { return file_.descriptor(); }
  void write(std::string_view text);
  void sync();
  void commit();

 private:
  weights::AtomicFile file_;
};

}  // namespace serene::cli
