// PReLU on a GPU, in place. Grid: row_grid, a thread has one Vector (float4 or float) of a row.
//
// Moves 8 B T C bytes (the slopes stay in L1) for B T C FLOP: bound by memory. A clip's map of 801 x 201
// is 1.3 MB, under a microsecond of an H200: the launch costs more.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct PreluKernelArgs {
  float* x;                          // (B, T, C)
  const float* slope;                // (C)
  int64_t batch_stride, row_stride;  // floats
  int batch, rows, lanes;            // lanes: Vectors in a row
};

SERENE_DEVICE float prelu_of(float x, float slope) { return x >= 0 ? x : slope * x; }
SERENE_DEVICE float4 prelu_of(float4 x, float4 slope) {
  return make_float4(prelu_of(x.x, slope.x), prelu_of(x.y, slope.y), prelu_of(x.z, slope.z),
                     prelu_of(x.w, slope.w));
}

template <class Vector>
__global__ void prelu_kernel(PreluKernelArgs args) {
  const int row = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (row >= args.rows) return;
  const auto* slope = reinterpret_cast<const Vector*>(args.slope);
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    auto* x = reinterpret_cast<Vector*>(args.x + b * args.batch_stride + row * args.row_stride);
    for (int i = static_cast<int>(threadIdx.x); i < args.lanes; i += static_cast<int>(blockDim.x))
      x[i] = prelu_of(x[i], slope[i]);
  }
}

}  // namespace serene
