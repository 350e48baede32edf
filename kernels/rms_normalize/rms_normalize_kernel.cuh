// Level of clips on a GPU, in two kernels: the gain, a block a clip; the scaling, over the whole grid.
//
// Moves 8 N + 4 P bytes a clip, the second read of x from L2, for 3 P FLOP. The gain is bound by what one SM
// can fetch, some 4 us for the 320 KB of a clip of 5 s whatever the batch up to 132; the scaling by its
// launch. A sum over more blocks would need a workspace or atomics, whose order is not fixed. Shared memory:
// 256 bytes.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct RmsNormalizeKernelArgs {
  const float* x;  // (B, N)
  float* y;        // (B, P)
  float* gain;     // (B)
  int64_t x_stride, y_stride, gain_stride;
  int64_t samples, padded;  // N, P
  double max_gain;
  int batch;
};

inline constexpr int kRmsNormalizeThreads = 1024;

// Grid: clips. A thread adds up every 1024th sample, in order; the threads' sums are added up as a tree. In
// double: the squares are exact.
__global__ void rms_normalize_gain_kernel(RmsNormalizeKernelArgs args) {
  SERENE_SHARED(sums, double[kRmsNormalizeThreads / 32]);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const int64_t b = blockIdx.x;
  const float* x = args.x + b * args.x_stride;
  double sum = 0;
#pragma unroll 8
  for (int64_t i = thread; i < args.samples; i += kRmsNormalizeThreads) {
    const double sample = x[i];
    sum += sample * sample;
  }
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, step);
  if (lane == 0) sums[thread / 32] = sum;
  __syncthreads();
  if (thread >= 32) return;
  sum = sums[lane];
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, step);
  if (thread != 0) return;
  const double wanted = sum > 0 ? sqrt(static_cast<double>(args.samples) / sum) : 1.0;
  args.gain[b * args.gain_stride] = wanted <= args.max_gain ? static_cast<float>(wanted) : 1.0f;
}

// Grid: x over samples in pieces of the block, y over clips.
__global__ void rms_normalize_scale_kernel(RmsNormalizeKernelArgs args) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= args.padded) return;
  const int64_t from = i < args.samples ? i : i % args.samples;
  for (int64_t b = blockIdx.y; b < args.batch; b += gridDim.y)
    args.y[b * args.y_stride + i] = args.gain[b * args.gain_stride] * args.x[b * args.x_stride + from];
}

}  // namespace serene
