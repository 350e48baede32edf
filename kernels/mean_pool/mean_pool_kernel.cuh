// Means of clips' rows on a GPU. Grid: row_grid over the clips; a thread has a channel of a clip, neighbours
// neighbouring channels.
//
// 4 bytes an element for an addition in double: 1 MB and 250 steps of a thread for 5 s of 1,024 channels,
// some 10 us, bound by latency; the loads are unrolled by eight.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct MeanPoolKernelArgs {
  const float* x;
  float* y;
  int64_t x_stride, y_stride, clips;
  const int64_t* begin;  // (clips + 1)
  int channels;
};

__global__ void mean_pool_kernel(MeanPoolKernelArgs args) {
  const int64_t clip = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (clip >= args.clips) return;
  const int64_t begin = args.begin[clip], rows = args.begin[clip + 1] - begin;
  for (int i = static_cast<int>(threadIdx.x); i < args.channels; i += static_cast<int>(blockDim.x)) {
    const float* const x = args.x + begin * args.x_stride + i;
    double sum = 0;
#pragma unroll 8
    for (int64_t t = 0; t < rows; ++t) sum += x[t * args.x_stride];
    args.y[clip * args.y_stride + i] = static_cast<float>(sum / static_cast<double>(rows));
  }
}

}  // namespace serene
