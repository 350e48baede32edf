// tanh on a GPU. Grid: row_grid over the rows; a thread has an element. 8 bytes an element.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct TanhRowsKernelArgs {
  const float* x;
  float* y;
  int64_t x_stride, y_stride, rows;
  int channels;
};

__global__ void tanh_rows_kernel(TanhRowsKernelArgs args) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= args.rows) return;
  for (int i = static_cast<int>(threadIdx.x); i < args.channels; i += static_cast<int>(blockDim.x))
    args.y[row * args.y_stride + i] = tanhf(args.x[row * args.x_stride + i]);
}

}  // namespace serene
