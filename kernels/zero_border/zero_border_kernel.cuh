// Zeros around a map on a GPU. Grid: row_grid over the bins of the border alone, a thread has one Vector
// (float4 or float) of a bin's channels. Bins are counted whole frames first, then what is left and right
// of the others.
//
// Writes 4 C bytes a bin of the border and reads nothing: 8 frames and 2 bins around 801 x 101 x 64 are 0.6
// MB, so the launch costs most.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct ZeroBorderKernelArgs {
  float* y;                         // (B, T, F, C)
  int64_t y_batch, y_frame, y_bin;  // strides, floats
  int batch, frames, bins, lanes;   // lanes: Vectors in a bin
  int before_t, after_t, before_f, after_f;
  int rows;  // bins of the border
};

template <class Vector>
__global__ void zero_border_kernel(ZeroBorderKernelArgs args) {
  const int row = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (row >= args.rows) return;
  const int whole = (args.before_t + args.after_t) * args.bins, sides = args.before_f + args.after_f;
  int t, f;
  if (row < whole) {
    t = row / args.bins;
    f = row % args.bins;
    if (t >= args.before_t) t += args.frames - args.before_t - args.after_t;
  } else {
    t = args.before_t + (row - whole) / sides;
    f = (row - whole) % sides;
    if (f >= args.before_f) f += args.bins - sides;
  }
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    auto* y = reinterpret_cast<Vector*>(args.y + b * args.y_batch + t * args.y_frame + f * args.y_bin);
    for (int i = static_cast<int>(threadIdx.x); i < args.lanes; i += static_cast<int>(blockDim.x))
      y[i] = Vector{};
  }
}

}  // namespace serene
