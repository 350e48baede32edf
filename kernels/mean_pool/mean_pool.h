// The mean of each clip's rows.
//
//   y[b, c] = 1 / T sum_t x[t, c], t over the rows of clip b
//
// Sums are in double and in the order of time. No workspace.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct MeanPoolArgs {
  View<const float, 2> x;  // (R, C)
  Ragged clips;            // a row each at the least
  View<float, 2> y;        // (clips, C)
};

// Throws Error(invalid_argument) on shapes that do not fit and on clips without rows.
void mean_pool(const MeanPoolArgs& args, const Stream& stream);

Work mean_pool_work(const MeanPoolArgs& args);

void mean_pool_cpu(const MeanPoolArgs& args, const Stream& stream);

}  // namespace serene
