// What ends a whole run, as against InputError, which costs one row.
#pragma once

#include <stdexcept>
#include <string>

namespace serene::cli {

// what() is the line for stderr, empty for a silent end.
class Stop : public std::runtime_error {
 public:
  Stop(int exit_code, const std::string& what) : std::runtime_error(what), exit_code_(exit_code) {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace serene::cli
