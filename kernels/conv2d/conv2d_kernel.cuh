// Convolution on a GPU. Grid: x over tiles of 128 positions of a clip's map, y over tiles of 64 channels, z
// over clips; 256 threads (kernels/common/gpu/conv_tiles.h).
//
// 2 K Co FLOP a position, K = taps x Ci, for Ci + Co floats of memory if L2 serves the taps: the dilated 2x3
// layers at Ci = 64 to 256, Co = 64 come to 96 to 154 FLOP a byte. fp32 is bound by the CUDA cores (67
// TFLOP/s), tf32 and bf16 by shared memory, since fragments are read as fp32. 30 KB of shared memory a block;
// a thread holds 32 sums. Fewer channels than 64 leave columns idle.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/conv_tiles.h"
#include "kernels/common/gpu/fours.h"

namespace serene {

struct Conv2dKernelArgs {
  gpu::ConvSource source;
  const float* bias;  // (Co) or null
  bool relu;
  gpu::ConvOutput output;
  bool in_fours;  // y's channels are a multiple of four, and they and the bias allow 16 bytes at a time
};

// Four sums of a position: bias, ReLU, and to the channels from `channel` on of what begins at `at`.
SERENE_DEVICE void store_four(const Conv2dKernelArgs& all, int64_t at, int channel, float4 sum) {
  const int n = all.source.weights.n;
  if (all.bias != nullptr) {
    const float4 bias = gpu::four_at(all.bias, channel, n, all.in_fours);
    sum = make_float4(sum.x + bias.x, sum.y + bias.y, sum.z + bias.z, sum.w + bias.w);
  }
  if (all.relu)
    sum = make_float4(sum.x > 0 ? sum.x : 0, sum.y > 0 ? sum.y : 0, sum.z > 0 ? sum.z : 0,
                      sum.w > 0 ? sum.w : 0);
  gpu::put_four(all.output.y + at, channel, n, all.in_fours, sum);
}

template <Precision kPrecision>
__global__ void conv2d_kernel(Conv2dKernelArgs args) {
  SERENE_SHARED(tiles, gpu::ConvTiles);
  SERENE_SHARED(places, gpu::OutputPlaces);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kConvRows, clip = blockIdx.z;
  const int first_channel = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::find_places(places, args.output, clip, first);
  gpu::TileProduct<kPrecision, gpu::kConvRows> product;
  product.clear();
  gpu::add_convolution(product, tiles, args.source, clip, first, args.output.rows, args.output.width,
                       first_channel);
  if constexpr (kPrecision == Precision::fp32) {
    // A store of a warp has whole lines.
    if (args.in_fours) {
      product.each_four([&](int row, int column, float4 sum) {
        if (places.at[row] >= 0) store_four(args, places.at[row], first_channel + column, sum);
      });
      return;
    }
  }
  product.each([&](int row, int column, float sum) {
    const int64_t at = places.at[row];
    const int channel = first_channel + column;
    if (at < 0 || channel >= args.source.weights.n) return;
    if (args.bias != nullptr) sum += args.bias[channel];
    if (args.relu) sum = sum > 0 ? sum : 0;
    args.output.y[at + channel] = sum;
  });
}

}  // namespace serene
