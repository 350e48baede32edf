// What is wrong with one input. It costs that input's row; the run goes on.
#pragma once

#include <stdexcept>
#include <string>

namespace serene::cli {

// What was being done when it failed; part of the error row.
enum class Stage { list, open, decode, resample, score, enhance, write };

constexpr const char* stage_name(Stage stage) {
  switch (stage) {
    case Stage::list:
      return "list";
    case Stage::open:
      return "open";
    case Stage::decode:
      return "decode";
    case Stage::resample:
      return "resample";
    case Stage::score:
      return "score";
    case Stage::enhance:
      return "enhance";
    case Stage::write:
      return "write";
  }
  return "";
}

// The code of what failed for want of memory.
inline constexpr const char* kOutOfMemory = "out_of_memory";

// `code` is for programs and stays as it is (docs/cli.md lists them); what() is for people.
class InputError : public std::runtime_error {
 public:
  InputError(Stage stage, std::string code, const std::string& what)
      : std::runtime_error(what), stage_(stage), code_(std::move(code)) {}
  Stage stage() const noexcept { return stage_; }
  const std::string& code() const noexcept { return code_; }
  // The input is not to blame: another time it may succeed.
  bool is_transient() const { return code_ == kOutOfMemory; }

 private:
  Stage stage_;
  std::string code_;
};

}  // namespace serene::cli
