// The masked estimate on a GPU. Grid: row_grid over frames, a thread has one float of the output, so that
// stores and the residual's loads are whole runs; a pair of threads shares a mask.
//
// Moves 28 bytes a bin (36 where noisy is two of three channels: whole sectors) for 4 FLOP: bound by memory.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct MaskEstimateKernelArgs {
  const float* mask;                            // (B, T, F), dense
  const float* noisy;                           // (B, T, F, 2)
  const float* residual;                        // (B, T, F, 2), dense; may be y
  float* y;                                     // (B, T, F, 2), dense
  int64_t noisy_batch, noisy_frame, noisy_bin;  // strides
  int batch, frames, bins;
};

__global__ void mask_estimate_kernel(MaskEstimateKernelArgs args) {
  const int t = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (t >= args.frames) return;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const int64_t first = (static_cast<int64_t>(b) * args.frames + t) * args.bins;
    const float* noisy = args.noisy + b * args.noisy_batch + t * args.noisy_frame;
    for (int i = static_cast<int>(threadIdx.x); i < 2 * args.bins; i += static_cast<int>(blockDim.x)) {
      const int f = i / 2, part = i % 2;
      args.y[2 * first + i] =
          args.mask[first + f] * noisy[f * args.noisy_bin + part] + args.residual[2 * first + i];
    }
  }
}

}  // namespace serene
