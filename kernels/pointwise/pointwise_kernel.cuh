// A function of each element on a GPU. Grid: row_grid over the rows; a thread has an element. 8 bytes an
// element.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/pointwise/pointwise.h"

namespace serene {

struct PointwiseKernelArgs {
  const float* x;
  float* y;
  int64_t x_stride, y_stride, rows;
  int channels;
  PointwiseFunction function;
  float low, high;
};

SERENE_DEVICE float pointwise_value(const PointwiseKernelArgs& args, float x) {
  if (args.function == PointwiseFunction::tanh) return tanhf(x);
  if (args.function == PointwiseFunction::sigmoid)
    return static_cast<float>(1 / (1 + exp(-static_cast<double>(x))));
  return fminf(fmaxf(x, args.low), args.high);
}

__global__ void __launch_bounds__(256) pointwise_kernel(PointwiseKernelArgs args) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= args.rows) return;
  for (int i = static_cast<int>(threadIdx.x); i < args.channels; i += static_cast<int>(blockDim.x))
    args.y[row * args.y_stride + i] = pointwise_value(args, args.x[row * args.x_stride + i]);
}

}  // namespace serene
