#include "cli/output/output_option.h"

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <string>

namespace serene::cli {

CLI::Validator names_a_file() {
  return CLI::Validator(
      [](const std::string& path) { return path.empty() ? "an empty name is no file" : ""; }, "");
}

}  // namespace serene::cli
