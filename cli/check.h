// `serene check`: proves a converted model against reference tensors.
#pragma once

#include <CLI/CLI.hpp>

namespace serene::cli {

// Registers the command; `exit_code` receives its outcome when it runs.
void add_check_command(CLI::App& app, int& exit_code);

}  // namespace serene::cli
