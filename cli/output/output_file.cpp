#include "cli/output/output_file.h"

#include <span>

#include "cli/base/exit_codes.h"
#include "cli/base/stop.h"

namespace serene::cli {
namespace {

template <class Action>
void or_stop(Action&& action) {
  try {
    action();
  } catch (const weights::FileError& error) {
    throw Stop(kExitOutput, error.what());
  }
}

}  // namespace

OutputFile::OutputFile(const std::string& path) try : file_(path) {
} catch (const weights::FileError& error) {
  throw Stop(kExitOutput, error.what());
}

void OutputFile::write(std::string_view text) {
  or_stop([&] { file_.write(std::as_bytes(std::span(text))); });
}

void OutputFile::sync() {
  or_stop([&] { file_.sync(); });
}

void OutputFile::commit() {
  or_stop([&] { file_.commit(); });
}

}  // namespace serene::cli
