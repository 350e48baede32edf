// An option that takes a list from the command line, each value as it is.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <string>
#include <vector>

namespace serene::cli {

// A positional of any number of values. CLI11 takes "[a,b]" for a list of its own wherever an option may
// have more values than it needs; one that needs more than there can be gets them all, untouched.
inline CLI::Option* add_list_positional(CLI::App& command, const std::string& name,
                                        std::vector<std::string>& values, const std::string& description) {
  return command.add_option(name, values, description)
      ->take_all()
      ->expected(CLI::detail::expected_max_vector_size, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false);
}

// An option of one value that may be repeated.
inline CLI::Option* add_repeated_option(CLI::App& command, const std::string& name,
                                        std::vector<std::string>& values, const std::string& description) {
  return command.add_option(name, values, description)->take_all()->expected(1)->allow_extra_args(false);
}

}  // namespace serene::cli
