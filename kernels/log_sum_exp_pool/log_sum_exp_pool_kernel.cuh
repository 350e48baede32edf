// Logarithms of sums over clips' rows on a GPU. Grid: row_grid over the clips; a thread has a channel of a
// clip, neighbours neighbouring channels.
//
// 4 bytes an element, which is read twice, for an exponential in double: 3 KB and 2 x 375 steps of a thread
// for 30 s of 2 channels at 12.5 Hz, bound by latency. The sum is in the order of time, so that it is the
// CPU's but for the rounding of exp; its loop is not unrolled, as four exponentials at a time spill on sm_90.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct LogSumExpPoolKernelArgs {
  const float* x;
  float* y;
  int64_t x_stride, y_stride, clips;
  const int64_t* begin;  // (clips + 1)
  int channels;
};

__global__ void __launch_bounds__(256) log_sum_exp_pool_kernel(LogSumExpPoolKernelArgs args) {
  const int64_t clip = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (clip >= args.clips) return;
  const int64_t begin = args.begin[clip], rows = args.begin[clip + 1] - begin;
  for (int i = static_cast<int>(threadIdx.x); i < args.channels; i += static_cast<int>(blockDim.x)) {
    const float* const x = args.x + begin * args.x_stride + i;
    float largest = x[0];
#pragma unroll 8
    for (int64_t t = 1; t < rows; ++t) largest = fmaxf(largest, x[t * args.x_stride]);
    double sum = 0;
#pragma unroll 1
    for (int64_t t = 0; t < rows; ++t)
      sum += exp(static_cast<double>(x[t * args.x_stride]) - static_cast<double>(largest));
    args.y[clip * args.y_stride + i] = static_cast<float>(static_cast<double>(largest) + log(sum));
  }
}

}  // namespace serene
