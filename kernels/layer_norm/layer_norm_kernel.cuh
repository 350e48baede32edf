// Layer normalisation on a GPU. Grid: x over rows. As many neighbouring lanes of a warp as a row has Vectors
// (float4 or float), rounded up to a power of two, 32 at most, share a row: 16 at C = 64, two rows a warp.
//
// Moves 12 B a channel with a residual, 8 without, for 8 FLOP: bound by memory, 15 us for 801 x 101 x 64 and
// its residual on an H200. Each lane holds its Vectors in registers from the one load to the store, so that
// the variance is that of differences from the mean, as on the CPU, and y may be x or the residual. Sums go
// up a tree of lanes whose shape depends on C alone. No shared memory.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/gelu.h"

namespace serene {

struct LayerNormKernelArgs {
  const float* x;              // (R, C)
  const float *weight, *bias;  // (C)
  const float* residual;       // (R, C), null for none
  float* y;                    // (R, C); may be x or the residual
  int64_t x_stride, residual_stride, y_stride;
  int64_t rows;
  int channels;
  int vectors;  // in a row
  int lanes;    // that share a row
  float eps;
  bool gelu;
};

inline constexpr int kLayerNormThreads = 256;

SERENE_DEVICE float layer_norm_total(float v) { return v; }
SERENE_DEVICE float layer_norm_total(float4 v) { return (v.x + v.y) + (v.z + v.w); }
SERENE_DEVICE float layer_norm_squares(float v, float mean) { return (v - mean) * (v - mean); }
SERENE_DEVICE float layer_norm_squares(float4 v, float mean) {
  return (layer_norm_squares(v.x, mean) + layer_norm_squares(v.y, mean)) +
         (layer_norm_squares(v.z, mean) + layer_norm_squares(v.w, mean));
}
SERENE_DEVICE float layer_norm_affine(float v, float mean, float scale, float weight, float bias) {
  return (v - mean) * scale * weight + bias;
}
SERENE_DEVICE float4 layer_norm_affine(float4 v, float mean, float scale, float4 weight, float4 bias) {
  return make_float4(layer_norm_affine(v.x, mean, scale, weight.x, bias.x),
                     layer_norm_affine(v.y, mean, scale, weight.y, bias.y),
                     layer_norm_affine(v.z, mean, scale, weight.z, bias.z),
                     layer_norm_affine(v.w, mean, scale, weight.w, bias.w));
}
SERENE_DEVICE float layer_norm_gelu(float v) { return gpu::gelu(v); }
SERENE_DEVICE float4 layer_norm_gelu(float4 v) {
  return make_float4(gpu::gelu(v.x), gpu::gelu(v.y), gpu::gelu(v.z), gpu::gelu(v.w));
}
SERENE_DEVICE float layer_norm_plus(float a, float b) { return a + b; }
SERENE_DEVICE float4 layer_norm_plus(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

// kHeld: Vectors that a lane has at most.
template <class Vector, int kHeld>
__global__ void __launch_bounds__(kLayerNormThreads) layer_norm_kernel(LayerNormKernelArgs args) {
  const int thread = static_cast<int>(threadIdx.x), lane = thread % args.lanes;
  const int64_t row =
      static_cast<int64_t>(blockIdx.x) * (kLayerNormThreads / args.lanes) + thread / args.lanes;
  // Lanes after the last row take part in the shuffles, with nothing.
  const int vectors = row < args.rows ? args.vectors : 0;
  const auto* x = reinterpret_cast<const Vector*>(args.x + row * args.x_stride);
  Vector held[kHeld] = {};
  float total = 0;
#pragma unroll
  for (int j = 0; j < kHeld; ++j) {
    const int i = lane + j * args.lanes;
    if (i >= vectors) break;
    held[j] = x[i];
    total += layer_norm_total(held[j]);
  }
  for (int step = args.lanes / 2; step > 0; step /= 2) total += __shfl_xor_sync(0xFFFFFFFFu, total, step);
  const float mean = total / static_cast<float>(args.channels);
  float squares = 0;
#pragma unroll
  for (int j = 0; j < kHeld; ++j) {
    if (lane + j * args.lanes >= vectors) break;
    squares += layer_norm_squares(held[j], mean);
  }
  for (int step = args.lanes / 2; step > 0; step /= 2) squares += __shfl_xor_sync(0xFFFFFFFFu, squares, step);
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(args.channels) + args.eps);

  const auto* weight = reinterpret_cast<const Vector*>(args.weight);
  const auto* bias = reinterpret_cast<const Vector*>(args.bias);
  const auto* residual = reinterpret_cast<const Vector*>(args.residual + row * args.residual_stride);
  auto* y = reinterpret_cast<Vector*>(args.y + row * args.y_stride);
#pragma unroll
  for (int j = 0; j < kHeld; ++j) {
    const int i = lane + j * args.lanes;
    if (i >= vectors) break;
    Vector out = layer_norm_affine(held[j], mean, scale, weight[i], bias[i]);
    if (args.gelu) out = layer_norm_gelu(out);
    y[i] = args.residual == nullptr ? out : layer_norm_plus(out, residual[i]);
  }
}

}  // namespace serene
