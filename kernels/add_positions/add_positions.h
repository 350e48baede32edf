// Learned or tabled positions, added to the rows of clips of different lengths.
//
//   y[t] = x[t] + table[t], t counted from the clip's first row
//
// No workspace. y may be x.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct AddPositionsArgs {
  View<const float, 2> x;  // (R, C)
  Ragged clips;
  View<const float, 2> table;  // (T, C), T no less than the longest clip
  View<float, 2> y;            // (R, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void add_positions(const AddPositionsArgs& args, const Stream& stream);

Work add_positions_work(const AddPositionsArgs& args);

void add_positions_cpu(const AddPositionsArgs& args, const Stream& stream);

}  // namespace serene
