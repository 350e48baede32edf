// What the kernels of short_conformer are given.
#pragma once

#include "kernels/common/gpu/weight_tiles.h"

namespace serene {

inline constexpr int kShortRows = 128;    // positions, at most
inline constexpr int kShortColumns = 64;  // channels, at most
inline constexpr int kShortHead = 16;     // width of a head, at most
inline constexpr int kShortTaps = 31;     // at most

struct ShortFeedForwardArgs {
  const float *norm_weight, *norm_bias;
  float eps, scale;
  gpu::Weights w1, w2;
  const float *b1, *b2;
};

struct ShortAttentionArgs {
  const float *norm_weight, *norm_bias;
  float eps;
  gpu::Weights qkv, out;
  const float* out_bias;
  const float* distances;  // (D, stride), column 2 P - m of distance m - P
  int64_t stride;
  int clip, heads, d;
  int shares;   // 2^16 / D, rounded up
  float scale;  // log2(e) D^-1/2
};

struct ShortConvolutionArgs {
  const float *norm_weight, *norm_bias;
  float eps;
  gpu::Weights w1, w2;
  const float *b1, *b2;
  const float *taps, *taps_bias;  // (count, I), (I)
  int count;
};

// A map as the kernels read it.
struct ShortMap {
  const float* data;  // null for none
  int64_t stride_s0, stride_s1, stride_n;
  bool aligned;  // data and strides allow 16 bytes at a time
};

struct ShortConformerKernelArgs {
  ShortMap x, residual;
  float* y;
  int64_t y_stride_s0, y_stride_s1, y_stride_n;
  unsigned s1;
  int n, channels;
  ShortFeedForwardArgs ff1, ff2;
  ShortAttentionArgs attention;
  ShortConvolutionArgs convolution;
  const float *norm_weight, *norm_bias;
  float norm_eps;
};

// The table's value where the key is `ahead` of its query, k < D.
SERENE_DEVICE float short_distance(const ShortAttentionArgs& args, int ahead, int k) {
  const int clipped = ahead > args.clip ? args.clip : ahead < -args.clip ? -args.clip : ahead;
  return k < args.d ? args.distances[k * args.stride + args.clip + clipped] : 0.0f;
}

}  // namespace serene
