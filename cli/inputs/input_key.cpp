#include "cli/inputs/input_key.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "cli/inputs/inputs.h"
#include "cli/text/fingerprint.h"

namespace serene::cli {
namespace {

uint64_t folded(const Fingerprint& fingerprint) { return fingerprint.high ^ fingerprint.low; }

Fingerprint name_fingerprint(const Input& input) {
  // The path's length keeps it apart from what follows.
  std::string text = fmt::format("{} {} {} {} ", input.path.size(), input.path, input.segment.offset,
                                 input.segment.duration.value_or(-1));
  if (input.channels) text += "channels " + to_text(*input.channels) + ' ';
  return fingerprint_of(text + to_line(input.carried));
}

}  // namespace

InputKey undone(const InputKey& key) { return {key.name, ~key.state}; }

uint64_t input_name(const Input& input) { return folded(name_fingerprint(input)); }

InputKey input_key(const Input& input) {
  struct stat status {};
  const int error = ::stat(input.path.c_str(), &status) == 0 ? 0 : errno;
  std::string state =
      error != 0 ? fmt::format("missing {} ", error)
                 : fmt::format("{} {} {} ", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  if (input.error) state += input.error->what();
  const Fingerprint name = name_fingerprint(input);
  return {folded(name), folded(fingerprint_of(state, name))};
}

}  // namespace serene::cli
