// Batch normalisation on a GPU. Grid: x over clips and pieces of kFrames frames; a block has the frames of
// its piece, a thread one column (mel and channel) of them, or several where a row is longer than the block.
//
// Moves 2 B T F C floats for 2 B T F C FLOP, 0.96 MB a clip of 498 frames of 80 mels and 3 channels: 0.22 us
// of an H200's 4.3 TB/s, so bound by the launch for a clip alone, by memory in batches. A column's mel, scale
// and shift are found once for all frames of the piece; neighbouring threads have neighbouring values of a
// row where mels lie C apart.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct BatchNormKernelArgs {
  static constexpr int kFrames = 8;  // of a block
  const float* x;                    // (B, T, F, C)
  const float *scale, *shift;        // (F)
  float* y;                          // (B, T, F, C), may be x
  int64_t x_stride[3], y_stride[3];  // of clips, of frames, of mels
  int64_t frames;                    // T
  int64_t pieces;                    // of a clip
  int mels, channels;                // F, C
};

__global__ void batch_norm_kernel(BatchNormKernelArgs args) {
  const int64_t b = blockIdx.x / args.pieces;
  const int64_t first = blockIdx.x % args.pieces * args.kFrames;
  const int64_t left = args.frames - first;
  const int count = static_cast<int>(left < args.kFrames ? left : args.kFrames);
  const float* x = args.x + b * args.x_stride[0] + first * args.x_stride[1];  // (count, F, C)
  float* y = args.y + b * args.y_stride[0] + first * args.y_stride[1];        // (count, F, C)
  const int columns = args.mels * args.channels;
  for (int i = static_cast<int>(threadIdx.x); i < columns; i += static_cast<int>(blockDim.x)) {
    const int f = i / args.channels, c = i % args.channels;
    const float scale = args.scale[f], shift = args.shift[f];
    const float* from = x + f * args.x_stride[2] + c;
    float* to = y + f * args.y_stride[2] + c;
    // All loads before the stores: the compiler cannot know that x and y meet at most in the same place.
    float values[BatchNormKernelArgs::kFrames];
#pragma unroll
    for (int t = 0; t < BatchNormKernelArgs::kFrames; ++t) {
      values[t] = t < count ? from[t * args.x_stride[1]] : 0.0f;
    }
#pragma unroll
    for (int t = 0; t < BatchNormKernelArgs::kFrames; ++t) {
      if (t < count) to[t * args.y_stride[1]] = values[t] * scale + shift;
    }
  }
}

}  // namespace serene
