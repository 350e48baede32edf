#include "cli/input_key.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <cerrno>

namespace serene::cli {

Fingerprint input_key(const Input& input) {
  struct stat status {};
  const int error = ::stat(input.path.c_str(), &status) == 0 ? 0 : errno;
  // The path's length keeps it apart from what follows.
  std::string text = fmt::format("{} {}", input.path.size(), input.path);
  text += error != 0
              ? fmt::format(" missing {}", error)
              : fmt::format(" {} {} {}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  text += fmt::format(" {} {} ", input.segment.offset, input.segment.duration.value_or(-1));
  if (input.channels) text += "channels " + to_text(*input.channels) + ' ';
  text += to_line(input.carried);
  if (input.error) text += input.error->what();
  return fingerprint_of(text);
}

}  // namespace serene::cli
