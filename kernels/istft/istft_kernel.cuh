// Inverse short-time Fourier transform on a GPU, in two kernels: windowed frames into the workspace, then
// samples from the frames that reach them.
//
// Moves 8 T F + 4 N bytes a clip and, through L2, twice the 8 n T of the frames: 1.6 MB and 5 MB for 5 s. 2.5
// n log2 n T FLOP in double. As in stft, one clip is bound by the latency of barriers and launches, some 8
// us. One kernel would have to transform the frames at the seams of its blocks twice. Every sample adds its
// frames up in the order of time. Shared memory: 16 n bytes for the roots and as many a frame, 32 KB at n =
// 400.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct IstftKernelArgs {
  const float* x;        // (B, T, F, 2), dense
  const double* window;  // (n_fft)
  const float* gain;     // (B)
  double* all;           // (B, T, n_fft) windowed frames
  float* y;              // (B, N)
  int64_t gain_stride, y_stride, samples, frames, hop;
  int64_t batch;
  gpu::RealFftPlan plan;
};

// Grid: x over frames of all clips, as in stft.
__global__ void __launch_bounds__(gpu::kRealFftThreads) istft_frame_kernel(IstftKernelArgs args) {
  SERENE_DYNAMIC_SHARED(shared);
  const int n_fft = args.plan.n, half = n_fft / 2;
  const int lane = static_cast<int>(threadIdx.x), lanes = static_cast<int>(blockDim.x);
  auto* roots = reinterpret_cast<double2*>(shared);
  double2* data = roots + n_fft * (1 + static_cast<int>(threadIdx.y));
  gpu::real_fft_roots(n_fft, roots);
  __syncthreads();
  const int64_t all_frames = args.batch * args.frames;
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y; first < all_frames;
       first += static_cast<int64_t>(gridDim.x) * blockDim.y) {
    const int64_t frame = first + threadIdx.y;
    const bool active = frame < all_frames;
    if (active) {
      const float* x = args.x + frame * (half + 1) * 2;
      for (int k = lane; k < half; k += lanes) {
        const float *here = x + 2 * k, *there = x + 2 * (half - k);
        data[k] =
            gpu::real_fft_fold(roots, make_double2(here[0], here[1]), make_double2(there[0], there[1]), k);
      }
    }
    const double2* z = gpu::real_fft_transform(args.plan, roots, data, data + half, active);
    if (active) {
      double* out = args.all + frame * n_fft;
      const double scale = 1.0 / half;
      for (int i = lane; i < half; i += lanes) {
        out[2 * i] = z[i].x * scale * args.window[2 * i];
        out[2 * i + 1] = -z[i].y * scale * args.window[2 * i + 1];
      }
    }
    // No barrier: a thread fills, next time round, the points that it read itself.
  }
}

// Grid: x over samples in pieces of the block, y over clips.
__global__ void istft_overlap_kernel(IstftKernelArgs args) {
  const int64_t sample = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (sample >= args.samples) return;
  const int64_t n_fft = args.plan.n, at = sample + n_fft / 2;  // in the padded clip
  const int64_t reached = at / args.hop, last = reached < args.frames ? reached : args.frames - 1;
  const int64_t begin = at < n_fft ? 0 : (at - n_fft) / args.hop + 1;
  for (int64_t b = blockIdx.y; b < args.batch; b += gridDim.y) {
    double value = 0, weight = 0;
    for (int64_t t = begin; t <= last; ++t) {
      const int64_t i = at - t * args.hop;
      const double window = args.window[i];
      value += args.all[(b * args.frames + t) * n_fft + i];
      weight += window * window;
    }
    const double gain = args.gain[b * args.gain_stride];
    args.y[b * args.y_stride + sample] = static_cast<float>(value / (weight * gain));
  }
}

}  // namespace serene
