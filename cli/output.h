// Where rows go: whole rows only, whatever happens.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace serene::cli {

class RowOutput {
 public:
  // "" is standard output. Opens, and locks, a file without emptying it yet; throws Stop(kExitOutput) where
  // it cannot be written or another run holds it.
  explicit RowOutput(const std::string& path);
  ~RowOutput();
  RowOutput(const RowOutput&) = delete;
  RowOutput& operator=(const RowOutput&) = delete;

  // The output is the file at `path`, by device and inode.
  bool is_same_file(const std::string& path) const;
  // Empties the file: once everything else that can fail before the first row has not.
  void start();
  // Writes one row; a row that does not fit on the disk is taken back. Throws Stop(kExitOutput) naming the
  // cause, Stop(kExitBrokenPipe) without a text when the reader is gone.
  void write(std::string_view row);

 private:
  std::string name_;
  int fd_ = -1;
  bool is_file_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace serene::cli
