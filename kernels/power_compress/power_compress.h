// Power compression of a spectrum: magnitude^exponent, phase kept, as the network's three input channels.
//
//   m = |x|^exponent;  y = (m, m cos(phase), m sin(phase)), zero where x is
//
// No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct PowerCompressArgs {
  View<const float, 4> x;  // (B, T, F, 2)
  double exponent = 0.3;
  View<float, 4> y;  // (B, T, F, 3) magnitude, real, imaginary
};

// Throws Error(invalid_argument) on shapes that do not fit.
void power_compress(const PowerCompressArgs& args, const Stream& stream);

Work power_compress_work(const PowerCompressArgs& args);

void power_compress_cpu(const PowerCompressArgs& args, const Stream& stream);

}  // namespace serene
