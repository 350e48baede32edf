// Short-time Fourier transform on a GPU. Grid: x over frames of all clips, four to a block at a time (one
// where a transform is longer than 512), the blocks going round; a row of 64 threads has a frame.
//
// Moves 4 N + 8 T F bytes a clip, 1.6 MB for 5 s, the overlap of frames from L1 and L2, for 2.5 n log2 n T
// FLOP in double, 7 M: either is under a microsecond of an H200, so one clip is bound by the latency of the
// barriers, some 5 us, and a batch of 64 by memory, 25 us. Shared memory: 16 n bytes for the roots and as
// many a frame, 32 KB at n = 400.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct StftKernelArgs {
  const float* x;        // (B, N)
  const double* window;  // (n_fft)
  float* y;              // (B, T, F, 2), dense
  int64_t x_stride, samples, frames, hop;
  int64_t all_frames;  // B T
  gpu::RealFftPlan plan;
};

// Sample i of the clip mirrored at 0 and n - 1, as often as it takes.
SERENE_DEVICE float stft_sample(const float* x, int64_t i, int64_t n) {
  if (i < 0 || i >= n) {
    if (n == 1) return x[0];
    const int64_t period = 2 * (n - 1);
    i %= period;
    if (i < 0) i += period;
    if (i >= n) i = period - i;
  }
  return x[i];
}

__global__ void __launch_bounds__(gpu::kRealFftThreads) stft_kernel(StftKernelArgs args) {
  SERENE_DYNAMIC_SHARED(shared);
  const int n_fft = args.plan.n, half = n_fft / 2;
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  auto* roots = reinterpret_cast<double2*>(shared);
  double2* data = roots + n_fft * (1 + static_cast<int>(threadIdx.y));
  gpu::real_fft_roots(n_fft, roots);
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y; first < args.all_frames;
       first += static_cast<int64_t>(gridDim.x) * blockDim.y) {
    const int64_t frame = first + threadIdx.y;
    const bool active = frame < args.all_frames;
    if (active) {
      const float* x = args.x + frame / args.frames * args.x_stride;
      const int64_t start = frame % args.frames * args.hop - half;
      for (int i = lane; i < half; i += lanes) {
        data[i] = make_double2(args.window[2 * i] * stft_sample(x, start + 2 * i, args.samples),
                               args.window[2 * i + 1] * stft_sample(x, start + 2 * i + 1, args.samples));
      }
    }
    const double2* z = gpu::real_fft_transform(args.plan, roots, data, data + half, active);
    if (active) {
      float* y = args.y + frame * (half + 1) * 2;
      for (int k = lane; k <= half; k += lanes) {
        const double2 bin = gpu::real_fft_bin(n_fft, roots, z, k);
        y[2 * k] = static_cast<float>(bin.x);
        y[2 * k + 1] = k == 0 || k == half ? 0.0f : static_cast<float>(bin.y);
      }
    }
    __syncthreads();
  }
}

}  // namespace serene
