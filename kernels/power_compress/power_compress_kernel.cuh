// Power compression on a GPU. Grid: row_grid over frames, a thread has one bin.
//
// Moves 20 bytes a bin; the pow and the root, in double as on the CPU, are some 200 FLOP of it. On an H200
// (34 TFLOP/s in double) the two cost about the same, 5 us for 1 M bins. Double, because magnitudes go from
// the smallest denormal float, which a GPU's powf loses digits of, to beyond the largest, and because the
// square of either still fits.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct PowerCompressKernelArgs {
  const float* x;                   // (B, T, F, 2), dense
  float* y;                         // (B, T, F, 3)
  int64_t y_batch, y_frame, y_bin;  // strides
  double half_exponent;             // of the squared magnitude
  int batch, frames, bins;
};

__global__ void power_compress_kernel(PowerCompressKernelArgs args) {
  const int t = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (t >= args.frames) return;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const float* x = args.x + (static_cast<int64_t>(b) * args.frames + t) * args.bins * 2;
    float* y = args.y + b * args.y_batch + t * args.y_frame;
    for (int f = static_cast<int>(threadIdx.x); f < args.bins; f += static_cast<int>(blockDim.x)) {
      const double re = x[2 * f], im = x[2 * f + 1];
      const double square = re * re + im * im;
      const double compressed = square > 0 ? pow(square, args.half_exponent) : 0.0;
      const double scale = square > 0 ? compressed / sqrt(square) : 0.0;
      float* out = y + f * args.y_bin;
      out[0] = static_cast<float>(compressed);
      out[1] = static_cast<float>(re * scale);
      out[2] = static_cast<float>(im * scale);
    }
  }
}

}  // namespace serene
