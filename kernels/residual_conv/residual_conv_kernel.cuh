// A convolution plus a projected shortcut on a GPU, both into the same sums. Grid: x over tiles of 128
// positions of a clip's map, y over tiles of 64 channels, z over clips; 256 threads
// (kernels/common/gpu/conv_tiles.h).
//
// 2 Co (k^2 Co + Ci) FLOP a position for about 2 Co + 4 Ci floats of memory: at k = 5, Co = 128, Ci = 64
// 1,600 FLOP a byte, bound as conv2d is. 30 KB of shared memory; a thread holds 32 sums.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/conv_tiles.h"

namespace serene {

struct ResidualConvKernelArgs {
  gpu::ConvSource inner, shortcut;
  const float *bias, *shortcut_bias;  // (Co)
  gpu::ConvOutput output;
};

template <Precision kPrecision>
__global__ void residual_conv_kernel(ResidualConvKernelArgs args) {
  SERENE_SHARED(tiles, gpu::ConvTiles);
  SERENE_SHARED(places, gpu::OutputPlaces);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kConvRows, clip = blockIdx.z;
  const int first_channel = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::find_places(places, args.output, clip, first);
  gpu::TileProduct<kPrecision, gpu::kConvRows> product;
  product.clear();
  gpu::add_convolution(product, tiles, args.inner, clip, first, args.output.rows, args.output.width,
                       first_channel);
  gpu::add_convolution(product, tiles, args.shortcut, clip, first, args.output.rows, args.output.width,
                       first_channel);
  product.each([&](int row, int column, float sum) {
    const int64_t at = places.at[row];
    const int channel = first_channel + column;
    if (at < 0 || channel >= args.inner.weights.n) return;
    sum += args.bias[channel] + args.shortcut_bias[channel];
    args.output.y[at + channel] = sum > 0 ? sum : 0;
  });
}

}  // namespace serene
