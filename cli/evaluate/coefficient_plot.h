// The coefficient over the values of a column, as figure 2 of the TRNet paper (arXiv 2404.12979) has it.
#pragma once

#include <string>

#include "cli/evaluate/coefficients.h"

namespace serene::cli {

// An SVG element: a box a value (quartiles and median; the thin line ends at the least and the largest), the
// means as points on a line. "" where no recording has a value.
std::string coefficient_plot(const Coefficients& coefficients);

}  // namespace serene::cli
