// The one exception type of the code base.
#pragma once

#include <stdexcept>
#include <string>

namespace serene {

// What kind of failure; the C interface and the exit codes are derived from it.
enum class ErrorKind { invalid_argument, model, audio, device, out_of_memory, unsupported, internal };

// what() is one line that names the culprit (file, tensor, op and argument) and then the cause.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace serene
