// The logarithm of the sum over time of what each clip's rows are logarithms of: powers of frames to a
// clip's.
//
//   y[b, c] = log sum_t exp(x[t, c]), t over the rows of clip b
//
// The largest is taken off first. Sums are in double and in the order of time. No workspace.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct LogSumExpPoolArgs {
  View<const float, 2> x;  // (R, C)
  Ragged clips;            // a row each at the least
  View<float, 2> y;        // (clips, C)
};

// Throws Error(invalid_argument) on shapes that do not fit and on clips without rows.
void log_sum_exp_pool(const LogSumExpPoolArgs& args, const Stream& stream);

Work log_sum_exp_pool_work(const LogSumExpPoolArgs& args);

void log_sum_exp_pool_cpu(const LogSumExpPoolArgs& args, const Stream& stream);

}  // namespace serene
