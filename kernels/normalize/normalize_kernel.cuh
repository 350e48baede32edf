// Clips of samples brought to mean 0 and variance 1 on a GPU. Grid: x over clips, a block a clip.
//
// 12 bytes a sample, the second read from L2, for 5 FLOP in double. A clip of 5 s takes 79 steps of its 1024
// threads twice, some 20 us, in a forward pass of milliseconds; more blocks a clip would want a second
// kernel. Shared memory: 512 bytes. Sums go up a tree whose shape is fixed.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

inline constexpr int kNormalizeThreads = 1024, kNormalizeWarps = kNormalizeThreads / 32;

struct NormalizeKernelArgs {
  const float* x;
  float* y;
  const int64_t* begin;  // (clips + 1)
  double eps;
};

__global__ void __launch_bounds__(kNormalizeThreads) normalize_kernel(NormalizeKernelArgs args) {
  SERENE_SHARED(parts, double[2][kNormalizeWarps]);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
  const int64_t begin = args.begin[blockIdx.x], n = args.begin[blockIdx.x + 1] - begin;
  const float* const x = args.x + begin;
  float* const y = args.y + begin;
  double sum = 0, square = 0;
#pragma unroll 4
  for (int64_t i = thread; i < n; i += kNormalizeThreads) {
    const double v = x[i];
    sum += v;
    square += v * v;
  }
  sum = gpu::warp_sum(sum);
  square = gpu::warp_sum(square);
  if (lane == 0) {
    parts[0][thread / 32] = sum;
    parts[1][thread / 32] = square;
  }
  __syncthreads();
  sum = gpu::warp_sum(parts[0][lane]);
  square = gpu::warp_sum(parts[1][lane]);
  const double count = static_cast<double>(n), mean = sum / count;
  const double scale = 1 / sqrt(fmax(square / count - mean * mean, 0.0) + args.eps);
#pragma unroll 4
  for (int64_t i = thread; i < n; i += kNormalizeThreads) y[i] = static_cast<float>((x[i] - mean) * scale);
}

}  // namespace serene
