// The SNR coefficient and the blend on a GPU. Grid: x over clips and pieces of kFrames frames; a block has
// the frames of its piece, its threads the values of the piece in turn.
//
// Moves 3 B T F floats for 3 B T F FLOP, 0.48 MB a clip of 498 frames of 80 mels: 0.11 us of an H200's 4.3
// TB/s, so a clip alone is bound by the launch and a batch by memory. Neighbouring threads have neighbouring
// values of a row.
//
// Every warp reckons its clip's coefficient for itself: five loads a lane, mostly from the caches, and five
// exchanges. One warp doing it for the block would need shared memory and a barrier, a kernel of its own one
// launch more.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct HardtanhBlendKernelArgs {
  static constexpr int kFrames = 16;  // of a block: 5 values a thread at 80 mels
  const float* similarity;            // (B, F)
  const float* weight;                // (F)
  const float *x, *e;                 // (B, T, F)
  float* coefficient;                 // (B)
  float* y;                           // (B, T, F), may be x or e
  int64_t similarity_stride, coefficient_stride;
  int64_t x_stride[2], e_stride[2], y_stride[2];  // of clips, of frames
  int64_t frames;                                 // T
  int64_t pieces;                                 // of a clip, at least one
  int mels;                                       // F
  float bias;
};

__global__ void hardtanh_blend_kernel(HardtanhBlendKernelArgs args) {
  const int64_t b = blockIdx.x / args.pieces, piece = blockIdx.x % args.pieces;
  const float* similarity = args.similarity + b * args.similarity_stride;
  double sum = 0;
  for (int f = static_cast<int>(threadIdx.x % 32); f < args.mels; f += 32) {
    sum += static_cast<double>(args.weight[f]) * similarity[f];
  }
  sum = gpu::warp_sum(sum) + args.bias;
  const float c = static_cast<float>(sum < 0.0 ? 0.0 : (sum > 1.0 ? 1.0 : sum)), rest = 1.0f - c;
  if (piece == 0 && threadIdx.x == 0) args.coefficient[b * args.coefficient_stride] = c;

  const int64_t first = piece * args.kFrames;
  const int64_t left = args.frames - first;
  const int count = static_cast<int>(left < args.kFrames ? left : args.kFrames);
  const float* x = args.x + b * args.x_stride[0] + first * args.x_stride[1];  // (count, F)
  const float* e = args.e + b * args.e_stride[0] + first * args.e_stride[1];  // (count, F)
  float* y = args.y + b * args.y_stride[0] + first * args.y_stride[1];        // (count, F)
  for (int i = static_cast<int>(threadIdx.x); i < count * args.mels; i += static_cast<int>(blockDim.x)) {
    const int t = i / args.mels, f = i % args.mels;
    y[t * args.y_stride[1] + f] = c * x[t * args.x_stride[1] + f] + rest * e[t * args.e_stride[1] + f];
  }
}

}  // namespace serene
