// Which numbers an option takes: decimal ones, all of the text, within bounds.
#pragma once

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <cstdint>

namespace serene::cli {

// For CLI::Option::transform(): what it lets through is written so that CLI11, which takes 010 for eight,
// reads the same number.
CLI::Validator whole_number(int64_t lowest, int64_t highest);
// Finite, too.
CLI::Validator number(double lowest, double highest);
CLI::Validator positive_number();

}  // namespace serene::cli
