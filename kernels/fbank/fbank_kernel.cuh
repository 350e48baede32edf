// Kaldi's log mel filter bank on a GPU. Grid: x over frames of all clips, four to a block at a time, the
// blocks going round; a row of 64 threads has a frame from its samples to its 80 mels.
//
// Moves 4 N + 320 X bytes a clip, 0.5 MB for 5 s, the overlap of frames from L1 and L2, for some 25 k FLOP a
// frame in double, the transform's: 12 M, a microsecond of an H200, so one clip is bound by the latency of
// the barriers, some 5 us, and a batch of 64 by arithmetic, 40 us. Double for the sake of small energies, as
// on the CPU. Shared memory: 44 KB, roots and a frame's two buffers of 8 KB each, window, filters.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

inline constexpr int kFbankFrame = 400, kFbankFft = 512, kFbankMels = 80;
inline constexpr int kFbankRows = 4, kFbankLanes = 64;  // of the block

// The filters by the bins between the centres of two neighbours, where one falls as the next rises: a bin's
// weights add up to one.
struct FbankFilters {
  double rising[kFbankFft / 2];          // of a bin in the filter that rises there
  unsigned short first[kFbankMels + 2];  // filter m rises over bins first[m] .. first[m + 1] - 1 and falls
                                         // up to first[m + 2] - 1
  double half_window[kFbankFrame / 2];   // symmetric
};

struct FbankKernelArgs {
  const float* x;  // (B, N)
  float* y;        // (B, X, 80)
  int64_t x_stride, y_batch, y_frame, frames, hop;
  int64_t all_frames;  // B X
  gpu::RealFftPlan plan;
  FbankFilters filters;
};
// What a kernel may be passed by any version of CUDA.
static_assert(sizeof(FbankKernelArgs) <= 4096);

__global__ void __launch_bounds__(kFbankRows* kFbankLanes) fbank_kernel(FbankKernelArgs args) {
  constexpr int kHalf = kFbankFft / 2;
  SERENE_SHARED(roots, double2[kFbankFft]);
  SERENE_SHARED(buffers, double2[kFbankRows][2][kHalf]);
  SERENE_SHARED(half_window, double[kFbankFrame / 2]);
  SERENE_SHARED(rising, double[kHalf]);
  SERENE_SHARED(totals, double[kFbankRows][kFbankLanes / 32]);
  const int lane = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
  const int thread = row * kFbankLanes + lane;
  gpu::real_fft_roots(kFbankFft, roots);
  // Arguments are read one address at a time: once.
  if (thread < kFbankFrame / 2) half_window[thread] = args.filters.half_window[thread];
  rising[thread] = args.filters.rising[thread];
  __syncthreads();
  static_assert(kHalf == kFbankRows * kFbankLanes);

  for (int64_t from = static_cast<int64_t>(blockIdx.x) * kFbankRows; from < args.all_frames;
       from += static_cast<int64_t>(gridDim.x) * kFbankRows) {
    const int64_t frame = from + row;
    const bool active = frame < args.all_frames;
    const float* x = args.x + frame / args.frames * args.x_stride + frame % args.frames * args.hop;
    double total = 0;
    if (active) {
      for (int i = lane; i < kFbankFrame; i += kFbankLanes) total += 32768.0 * x[i];
    }
    for (int step = 16; step > 0; step /= 2) total += __shfl_xor_sync(0xFFFFFFFFu, total, step);
    if (lane % 32 == 0) totals[row][lane / 32] = total;
    __syncthreads();
    const double mean = (totals[row][0] + totals[row][1]) / kFbankFrame;
    const auto sample = [&](int i) {
      if (i >= kFbankFrame) return 0.0;
      const double here = 32768.0 * x[i] - mean, before = i > 0 ? 32768.0 * x[i - 1] - mean : here;
      return (here - 0.97 * before) * half_window[i < kFbankFrame / 2 ? i : kFbankFrame - 1 - i];
    };
    if (active) {
      for (int i = lane; i < kHalf; i += kFbankLanes)
        buffers[row][0][i] = make_double2(sample(2 * i), sample(2 * i + 1));
    }
    const double2* z = gpu::real_fft_transform(args.plan, roots, buffers[row][0], buffers[row][1], active);
    // Into the buffer that the transform does not lie in. Kaldi leaves the Nyquist bin out.
    auto* power = reinterpret_cast<double*>(z == buffers[row][0] ? buffers[row][1] : buffers[row][0]);
    if (active) {
      for (int k = lane; k < kHalf; k += kFbankLanes) {
        const double2 bin = gpu::real_fft_bin(kFbankFft, roots, z, k);
        power[k] = bin.x * bin.x + bin.y * bin.y;
      }
    }
    __syncthreads();
    if (active) {
      float* y = args.y + frame / args.frames * args.y_batch + frame % args.frames * args.y_frame;
      for (int m = lane; m < kFbankMels; m += kFbankLanes) {
        const int top = args.filters.first[m + 1], end = args.filters.first[m + 2];
        double energy = 0;
        for (int k = args.filters.first[m]; k < top; ++k) energy += rising[k] * power[k];
        for (int k = top; k < end; ++k) energy += (1 - rising[k]) * power[k];
        constexpr double kFloor = 0x1p-23;  // float epsilon
        y[m] = static_cast<float>(log(energy < kFloor ? kFloor : energy));
      }
    }
    // No barrier: nobody writes where the powers lie before the two of the next time round.
  }
}

}  // namespace serene
