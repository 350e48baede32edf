// Inverse of power compression: magnitude^(1 / exponent), phase kept. No workspace; x and y may be the same
// memory.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct PowerExpandArgs {
  View<const float, 4> x;  // (B, T, F, 2) compressed
  double exponent = 0.3;   // that it was compressed with
  View<float, 4> y;        // (B, T, F, 2)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void power_expand(const PowerExpandArgs& args, const Stream& stream);

Work power_expand_work(const PowerExpandArgs& args);

void power_expand_cpu(const PowerExpandArgs& args, const Stream& stream);

}  // namespace serene
