// Batch normalisation per mel with inference statistics.
//
//   y[t, f, c] = x[t, f, c] scale[f] + shift[f]
//
// with scale = weight / sqrt(running_var + eps) and shift = bias - running_mean scale, folded by the caller.
// No workspace. y may be the interior of a zero-bordered map, and may be x.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct BatchNormArgs {
  View<const float, 4> x;      // (B, T, F, C)
  View<const float, 1> scale;  // (F)
  View<const float, 1> shift;  // (F)
  View<float, 4> y;            // (B, T, F, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void batch_norm(const BatchNormArgs& args, const Stream& stream);

Work batch_norm_work(const BatchNormArgs& args);

void batch_norm_cpu(const BatchNormArgs& args, const Stream& stream);

}  // namespace serene
