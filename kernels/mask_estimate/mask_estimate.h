// The compressed estimate from both decoders: y = mask * noisy + residual, the mask scaling magnitude and
// keeping the noisy phase. No workspace; residual and y may be the same memory.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct MaskEstimateArgs {
  View<const float, 3> mask;      // (B, T, F)
  View<const float, 4> noisy;     // (B, T, F, 2) compressed, real and imaginary part; may be strided
  View<const float, 4> residual;  // (B, T, F, 2) complex decoder's output
  View<float, 4> y;               // (B, T, F, 2)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void mask_estimate(const MaskEstimateArgs& args, const Stream& stream);

Work mask_estimate_work(const MaskEstimateArgs& args);

void mask_estimate_cpu(const MaskEstimateArgs& args, const Stream& stream);

}  // namespace serene
