// Layer normalisation of rows of channels, then the exact GELU or nothing, plus a residual.
//
//   y = act((x - mean) / sqrt(var + eps) * weight + bias) [+ residual], var biased
//
// No workspace. y may be x or the residual.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct LayerNormArgs {
  View<const float, 2> x;       // (R, C), C >= 1
  View<const float, 1> weight;  // (C)
  View<const float, 1> bias;    // (C)
  float eps = 1e-5f;
  Activation activation = Activation::none;  // or gelu
  View<const float, 2> residual;             // (R, C), or null data for none
  View<float, 2> y;                          // (R, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void layer_norm(const LayerNormArgs& args, const Stream& stream);

Work layer_norm_work(const LayerNormArgs& args);

void layer_norm_cpu(const LayerNormArgs& args, const Stream& stream);

}  // namespace serene
