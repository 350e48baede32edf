// Mean over frequency on a GPU. Grid: x over frames of all clips and pieces of their channels, pieces
// innermost; a thread has one channel of one frame and adds up its bins in order.
//
// Moves B T C (F + 1) floats for as many FLOP, in double: 0.38 MB a clip of 31 frames of 5 bins and 512
// channels, 0.09 us of an H200's 4.3 TB/s. Bound by the launch for a clip alone, by memory in batches. F is 5
// where the network is the published one: a few loads a thread, all under way at once, and nothing to share
// between threads. Neighbouring threads have neighbouring channels.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct FrequencyMeanKernelArgs {
  const float* x;                    // (B, T, F, C)
  float* y;                          // (B, T, C)
  int64_t x_stride[3], y_stride[2];  // of clips, of frames, of bins
  int64_t frames;                    // T
  int pieces;                        // of a frame's channels
  int bins, channels;                // F, C
};

__global__ void frequency_mean_kernel(FrequencyMeanKernelArgs args) {
  const int64_t row = blockIdx.x / args.pieces;
  const int64_t b = row / args.frames, t = row % args.frames;
  const int c = static_cast<int>(blockIdx.x % args.pieces * blockDim.x + threadIdx.x);
  if (c >= args.channels) return;
  const float* x = args.x + b * args.x_stride[0] + t * args.x_stride[1] + c;
  double sum = 0;
#pragma unroll 5
  for (int f = 0; f < args.bins; ++f) sum += x[f * args.x_stride[2]];
  args.y[b * args.y_stride[0] + t * args.y_stride[1] + c] = static_cast<float>(sum / args.bins);
}

}  // namespace serene
