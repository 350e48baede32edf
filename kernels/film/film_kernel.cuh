// FiLM on a GPU. Grid: x over channels in pieces of the block, y over batch; a thread has one channel of one
// clip.
//
// Moves (2 B E + 4 E + B) floats for 6 B E FLOP: bound by the launch at the sizes there are (B 1-64, E
// 256-512). Neighbouring threads have neighbouring channels, so every access of a warp is one run of 128
// bytes.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct FilmKernelArgs {
  const float* h;                                                      // (B, E), rows h_stride apart
  const float* coefficient;                                            // (B), coefficient_stride apart
  const float *scale_weight, *scale_bias, *shift_weight, *shift_bias;  // (E)
  float* y;                                                            // (B, E), rows y_stride apart
  int64_t h_stride, coefficient_stride, y_stride;
  int width;  // E
};

__global__ void film_kernel(FilmKernelArgs args) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= args.width) return;
  const int64_t b = blockIdx.y;
  const float c = args.coefficient[b * args.coefficient_stride];
  const float scale = args.scale_weight[i] * c + args.scale_bias[i];
  const float shift = args.shift_weight[i] * c + args.shift_bias[i];
  args.y[b * args.y_stride + i] = scale * args.h[b * args.h_stride + i] + shift;
}

}  // namespace serene
