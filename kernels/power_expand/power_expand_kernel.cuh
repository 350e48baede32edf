// Power expansion on a GPU. Grid: row_grid over frames, a thread has one bin, both parts, so that x and y may
// be the same memory.
//
// Moves 16 bytes a bin for some 150 FLOP in double (pow): about balanced on an H200, 4 us for 1 M bins.
// Double for the reason that power_compress has.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct PowerExpandKernelArgs {
  const float* x;  // (B, T, F, 2), dense
  float* y;        // (B, T, F, 2), dense
  double power;    // of the squared magnitude, to scale by
  int batch, frames, bins;
};

__global__ void power_expand_kernel(PowerExpandKernelArgs args) {
  const int t = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (t >= args.frames) return;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const int64_t first = (static_cast<int64_t>(b) * args.frames + t) * args.bins * 2;
    for (int f = static_cast<int>(threadIdx.x); f < args.bins; f += static_cast<int>(blockDim.x)) {
      const double re = args.x[first + 2 * f], im = args.x[first + 2 * f + 1];
      const double square = re * re + im * im;
      const double scale = square > 0 ? pow(square, args.power) : 0.0;
      args.y[first + 2 * f] = static_cast<float>(re * scale);
      args.y[first + 2 * f + 1] = static_cast<float>(im * scale);
    }
  }
}

}  // namespace serene
