// Logits to log posteriors, row by row.
//
//   y[r, k] = x[r, k] - log sum_j exp(x[r, j])
//
// In double; the largest logit is taken off first. No workspace. y may be x.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct LogSoftmaxArgs {
  View<const float, 2> x;  // (R, K), K >= 1
  View<float, 2> y;        // (R, K)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void log_softmax(const LogSoftmaxArgs& args, const Stream& stream);

Work log_softmax_work(const LogSoftmaxArgs& args);

void log_softmax_cpu(const LogSoftmaxArgs& args, const Stream& stream);

}  // namespace serene
