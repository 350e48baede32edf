// Largest value of each 2 x 2 patch of frames and mels; an odd last frame or mel is dropped.
//
//   y[t, f, c] = max(x[2 t, 2 f, c], x[2 t, 2 f + 1, c], x[2 t + 1, 2 f, c], x[2 t + 1, 2 f + 1, c])
//
// A NaN in a patch comes through, as in PyTorch. No workspace. x and y may be the interiors of wider maps.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct MaxPoolArgs {
  View<const float, 4> x;  // (B, T, F, C)
  View<float, 4> y;        // (B, T / 2, F / 2, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void max_pool(const MaxPoolArgs& args, const Stream& stream);

Work max_pool_work(const MaxPoolArgs& args);

void max_pool_cpu(const MaxPoolArgs& args, const Stream& stream);

}  // namespace serene
