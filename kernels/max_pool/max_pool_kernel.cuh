// Largest of 2 x 2 on a GPU. Grid: x over rows (clip and frame) of y and pieces of such a row, pieces
// innermost; a thread has kWidth neighbouring channels of one mel.
//
// Moves 5 / 4 of x, read once, for 3 comparisons a value of y: 12.7 MB for the widest map of a clip (498
// frames, 80 mels, 64 channels), 3 us of an H200's 4.3 TB/s. Bound by memory. Four channels a thread where
// addresses allow: four loads of 16 bytes are under way at once, half the instructions of single channels.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct MaxPoolKernelArgs {
  const float* x;                    // (B, T, F, C)
  float* y;                          // (B, T / 2, F / 2, C)
  int64_t x_stride[3], y_stride[3];  // of clips, of frames, of mels
  int64_t frames;                    // T / 2
  int pieces;                        // of a row of y
  int mels, channels;                // F / 2, C
};

// The larger, or the NaN, which fmaxf would drop.
SERENE_DEVICE float max_pool_larger(float a, float b) { return a != a ? a : (a > b ? a : b); }
SERENE_DEVICE float4 max_pool_larger(float4 a, float4 b) {
  return make_float4(max_pool_larger(a.x, b.x), max_pool_larger(a.y, b.y), max_pool_larger(a.z, b.z),
                     max_pool_larger(a.w, b.w));
}

// Channels is float or float4.
template <class Channels>
__global__ void max_pool_kernel(MaxPoolKernelArgs args) {
  constexpr int kWidth = sizeof(Channels) / sizeof(float);
  const int64_t row = blockIdx.x / args.pieces;
  const int64_t b = row / args.frames, t = row % args.frames;
  const int groups = args.channels / kWidth;
  const int i = static_cast<int>(blockIdx.x % args.pieces * blockDim.x + threadIdx.x);
  if (i >= args.mels * groups) return;
  const int f = i / groups, c = i % groups * kWidth;
  const float* x = args.x + b * args.x_stride[0] + 2 * t * args.x_stride[1] + 2 * f * args.x_stride[2] + c;
  float* y = args.y + b * args.y_stride[0] + t * args.y_stride[1] + f * args.y_stride[2] + c;
  const auto at = [&](int64_t offset) { return *reinterpret_cast<const Channels*>(x + offset); };
  const Channels x00 = at(0), x01 = at(args.x_stride[2]);
  const Channels x10 = at(args.x_stride[1]), x11 = at(args.x_stride[1] + args.x_stride[2]);
  *reinterpret_cast<Channels*>(y) = max_pool_larger(max_pool_larger(x00, x01), max_pool_larger(x10, x11));
}

}  // namespace serene
