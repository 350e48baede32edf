// Half a step of a conformer's feed-forward module, from layer norm to residual.
//
//   y = [residual +] scale (W2 silu(W1 LN(x) + b1) + b2)
//
// Rows go through in blocks small enough that the wide hidden layer stays in the cache. Workspace:
// feed_forward_workspace. y may be x or the residual.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct FeedForwardArgs {
  View<const float, 2> x;            // (R, C)
  View<const float, 1> norm_weight;  // (C)
  View<const float, 1> norm_bias;    // (C)
  float eps = 1e-5f;
  const PackedMatrix* w1 = nullptr;  // (C, H)
  View<const float, 1> b1;           // (H)
  const PackedMatrix* w2 = nullptr;  // (H, C)
  View<const float, 1> b2;           // (C)
  float scale = 0.5f;
  View<const float, 2> residual;          // (R, C), or null data for none
  View<float, 2> y;                       // (R, C)
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

size_t feed_forward_workspace(int64_t channels, int64_t hidden, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void feed_forward(const FeedForwardArgs& args, const Stream& stream);

Work feed_forward_work(const FeedForwardArgs& args);

void feed_forward_cpu(const FeedForwardArgs& args, const Stream& stream);

}  // namespace serene
