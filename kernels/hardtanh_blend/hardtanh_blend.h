// The SNR coefficient of a clip and the blend of its noisy and enhanced features (TRNet, arXiv 2404.12979,
// eqs. 2 to 4).
//
//   c = clamp(sum_f weight[f] similarity[f] + bias, 0, 1)
//   y = c x + (1 - c) e
//
// The sum is in double, its order the same for every batch. No workspace. y may be x or e.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct HardtanhBlendArgs {
  View<const float, 2> similarity;  // (B, F)
  View<const float, 1> weight;      // (F)
  float bias = 0.0f;
  View<const float, 3> x;      // (B, T, F) noisy
  View<const float, 3> e;      // (B, T, F) enhanced
  View<float, 1> coefficient;  // (B) c, written also where T = 0
  View<float, 3> y;            // (B, T, F)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void hardtanh_blend(const HardtanhBlendArgs& args, const Stream& stream);

Work hardtanh_blend_work(const HardtanhBlendArgs& args);

void hardtanh_blend_cpu(const HardtanhBlendArgs& args, const Stream& stream);

}  // namespace serene
