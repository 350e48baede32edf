// From the keys of a manifest's row to an input.
#pragma once

#include "cli/inputs/inputs.h"
#include "cli/rows/row.h"

namespace serene::cli {

// `row` has a string under "path". An offset, duration or channel that makes no sense costs the input's row.
Input input_of_row(Row row);

}  // namespace serene::cli
