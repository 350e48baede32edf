// Whisper's log mel spectrogram on a GPU, in two kernels: the logarithms and the largest of each frame; the
// floor of each clip.
//
// Grid of the first: x over frames of all clips, four to a block at a time, the blocks going round; a row of
// 64 threads has a frame from its samples to its mels, in double as on the CPU. 2.5 * 400 log2 400 FLOP and
// some 2,000 more a frame: 32 MFLOP for the 3,000 frames of 30 s, some 10 us of an H200, and 1 MB written.
// Shared memory: 34 KB, roots (from which the window follows), a frame's two buffers of 3.2 KB each,
// triangles.
//
// Grid of the second: x over tiles of 64 frames of each clip; every block finds the largest value of its
// clip, from one number a frame. It reads and writes the mels once more, out of L2.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/ragged.h"

namespace serene {

inline constexpr int kLogMelFrame = 400, kLogMelBins = 201, kLogMelMost = 128;
inline constexpr int kLogMelRows = 4, kLogMelLanes = 64;      // of the block
inline constexpr int kLogMelTile = 64, kLogMelThreads = 256;  // of the second kernel

struct LogMelTriangles {
  double rising[kLogMelBins];
  double scales[kLogMelMost];
  unsigned short first[kLogMelMost + 2];
};

struct LogMelKernelArgs {
  const float* x;
  const int64_t *samples, *frames;  // (clips + 1)
  int64_t clips, rows;
  float *y, *tops;  // (R, mels), (R)
  int64_t y_stride;
  int mels;
  gpu::RealFftPlan plan;
  LogMelTriangles triangles;
};
// What a kernel may be passed by any version of CUDA.
static_assert(sizeof(LogMelKernelArgs) <= 4096);

__global__ void __launch_bounds__(kLogMelRows* kLogMelLanes) log_mel_kernel(LogMelKernelArgs args) {
  constexpr int kHalf = kLogMelFrame / 2;
  SERENE_SHARED(roots, double2[kLogMelFrame]);
  SERENE_SHARED(buffers, double2[kLogMelRows][2][kHalf + 1]);
  SERENE_SHARED(rising, double[kLogMelBins]);
  SERENE_SHARED(tops, float[kLogMelRows][kLogMelLanes / 32]);
  const int lane = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
  const int thread = row * kLogMelLanes + lane;
  gpu::real_fft_roots(kLogMelFrame, roots);
  // Arguments are read one address at a time: once.
  if (thread < kLogMelBins) rising[thread] = args.triangles.rising[thread];
  __syncthreads();

  for (int64_t from = static_cast<int64_t>(blockIdx.x) * kLogMelRows; from < args.rows;
       from += static_cast<int64_t>(gridDim.x) * kLogMelRows) {
    const int64_t at = from + row;
    const bool active = at < args.rows;
    const int64_t clip = active ? gpu::ragged_clip(args.frames, args.clips, at) : 0;
    const int64_t padded = 160 * (args.frames[clip + 1] - args.frames[clip]);
    const float* const x = args.x + args.samples[clip];
    const int64_t samples = args.samples[clip + 1] - args.samples[clip];
    const int64_t start = 160 * (at - args.frames[clip]) - kHalf;
    const auto sample = [&](int i) {
      int64_t s = start + i;
      if (s < 0) s = -s;
      if (s >= padded) s = 2 * (padded - 1) - s;
      // The window is the real part of a root.
      return s < samples ? (0.5 - 0.5 * roots[i].x) * x[s] : 0.0;
    };
    if (active) {
      for (int i = lane; i < kHalf; i += kLogMelLanes)
        buffers[row][0][i] = make_double2(sample(2 * i), sample(2 * i + 1));
    }
    const double2* z = gpu::real_fft_transform(args.plan, roots, buffers[row][0], buffers[row][1], active);
    // Into the buffer that the transform does not lie in.
    auto* power = reinterpret_cast<double*>(z == buffers[row][0] ? buffers[row][1] : buffers[row][0]);
    if (active) {
      for (int k = lane; k < kLogMelBins; k += kLogMelLanes) {
        const double2 bin = gpu::real_fft_bin(kLogMelFrame, roots, z, k);
        power[k] = bin.x * bin.x + bin.y * bin.y;
      }
    }
    __syncthreads();
    float largest = -100;
    if (active) {
      float* const y = args.y + at * args.y_stride;
      for (int m = lane; m < args.mels; m += kLogMelLanes) {
        const int top = args.triangles.first[m + 1], end = args.triangles.first[m + 2];
        double energy = 0;
        for (int k = args.triangles.first[m]; k < top; ++k) energy += rising[k] * power[k];
        for (int k = top; k < end; ++k) energy += (1 - rising[k]) * power[k];
        energy *= args.triangles.scales[m];
        const float l = static_cast<float>(log10(energy < 1e-10 ? 1e-10 : energy));
        y[m] = l;
        largest = l > largest ? l : largest;
      }
    }
    largest = gpu::warp_max(largest);
    if (lane % 32 == 0) tops[row][lane / 32] = largest;
    __syncthreads();
    if (active && lane == 0) args.tops[at] = fmaxf(tops[row][0], tops[row][1]);
    // No barrier: nobody writes where the powers or the tops lie before the next transform's.
  }
}

struct LogMelFloorArgs {
  gpu::RaggedTiles frames;
  const float* tops;  // (R)
  float* y;           // (R, mels)
  int64_t y_stride;
  int mels;
};

__global__ void __launch_bounds__(kLogMelThreads) log_mel_floor_kernel(LogMelFloorArgs args) {
  SERENE_SHARED(tops, float[kLogMelThreads / 32]);
  const gpu::RaggedPlace place = gpu::ragged_place(args.frames, kLogMelTile);
  if (place.first >= place.length) return;
  const int thread = static_cast<int>(threadIdx.x);
  float largest = -100;
  for (int64_t t = thread; t < place.length; t += kLogMelThreads)
    largest = fmaxf(largest, args.tops[place.begin + t]);
  largest = gpu::warp_max(largest);
  if (thread % 32 == 0) tops[thread / 32] = largest;
  __syncthreads();
  for (float other : tops) largest = fmaxf(largest, other);
  const float floor = largest - 8;
  const int64_t left = place.length - place.first;
  const int rows = left < kLogMelTile ? static_cast<int>(left) : kLogMelTile;
  float* const y = args.y + (place.begin + place.first) * args.y_stride;
  for (int i = thread; i < rows * args.mels; i += kLogMelThreads) {
    float& l = y[i / args.mels * args.y_stride + i % args.mels];
    l = (fmaxf(l, floor) + 4) / 4;
  }
}

}  // namespace serene
