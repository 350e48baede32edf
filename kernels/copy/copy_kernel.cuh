// Copy of a map on a GPU. Grid: row_grid over frames and bins, a thread has one Vector (float4 or float) of a
// bin's channels.
//
// Moves 8 B T F C bytes, each once, in runs of a bin's channels (256 bytes at C = 64): bound by memory, 10 us
// for a map of 801 x 101 x 64 on an H200.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct CopyKernelArgs {
  const float* x;                   // (B, T, F, C)
  float* y;                         // (B, T, F, C)
  int64_t x_batch, x_frame, x_bin;  // strides, floats
  int64_t y_batch, y_frame, y_bin;
  int batch, rows, bins, lanes;  // rows: T F; lanes: Vectors in a bin
};

template <class Vector>
__global__ void copy_kernel(CopyKernelArgs args) {
  const int row = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (row >= args.rows) return;
  const int t = row / args.bins, f = row % args.bins;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const auto* x =
        reinterpret_cast<const Vector*>(args.x + b * args.x_batch + t * args.x_frame + f * args.x_bin);
    auto* y = reinterpret_cast<Vector*>(args.y + b * args.y_batch + t * args.y_frame + f * args.y_bin);
    for (int i = static_cast<int>(threadIdx.x); i < args.lanes; i += static_cast<int>(blockDim.x))
      y[i] = x[i];
  }
}

}  // namespace serene
