// Convolution over time in groups on a GPU. Grid: x over tiles of 64 frames of each clip, y over groups, z
// over tiles of 64 of a group's channels; 256 threads.
//
// A block has its group's channels of 64 + taps - 1 frames in shared memory once; a tap is a product of 64 of
// these rows, from the tap's own on, with its weights, which come by cp.async. 2 taps C / groups FLOP for
// each channel of a frame: at 768 channels, 16 groups and 128 taps 9.4 MFLOP a frame, 2.3 GFLOP for 5 s,
// bound by the products' fragments; of 48 channels a quarter of the columns idles. Shared memory there: 40 KB
// frames, 9 KB weights.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/gelu.h"
#include "kernels/common/gpu/ragged.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

struct GroupedConv1dKernelArgs {
  const float *x, *residual;  // residual may be null
  float* y;
  int64_t x_stride, residual_stride, y_stride;
  gpu::RaggedTiles clips;
  const float* weights;  // groups of [columns / 16][taps width][16]
  int64_t group_stride;  // of the weights
  const float* bias;     // (C)
  int width, taps;       // width: channels of a group
};

// Dynamic shared memory in bytes: weights, too, so that one limit counts all.
constexpr size_t grouped_conv1d_shared(int64_t width, int64_t taps) {
  return 2 * sizeof(gpu::WeightTile) + static_cast<size_t>(gpu::kTileRows + taps - 1) *
                                           static_cast<size_t>(gpu::tile_lda(static_cast<int>(width))) *
                                           sizeof(float);
}

template <Precision kPrecision>
__global__ void __launch_bounds__(gpu::kTileThreads) grouped_conv1d_kernel(GroupedConv1dKernelArgs args) {
  SERENE_DYNAMIC_SHARED(memory);
  const gpu::RaggedPlace place = gpu::ragged_place(args.clips, gpu::kTileRows);
  if (place.first >= place.length) return;
  auto& tiles = *reinterpret_cast<gpu::WeightTile(*)[2]>(memory);
  float* const frames = reinterpret_cast<float*>(memory + 2 * sizeof(gpu::WeightTile));
  const int width = args.width, lda = gpu::tile_lda(width), padded = lda - 4;
  const int group = static_cast<int>(blockIdx.y),
            first_column = static_cast<int>(blockIdx.z) * gpu::kTileColumns;
  const float* const x = args.x + place.begin * args.x_stride + group * width;
  for (int i = static_cast<int>(threadIdx.x); i < (gpu::kTileRows + args.taps - 1) * padded;
       i += gpu::kTileThreads) {
    const int row = i / padded, c = i - row * padded;
    const int64_t t = place.first + row - args.taps / 2;
    frames[row * lda + c] = t >= 0 && t < place.length && c < width ? x[t * args.x_stride + c] : 0.0f;
  }
  const gpu::Weights weights{args.weights + group * args.group_stride, args.taps * width, width, nullptr};
  gpu::TileProduct<kPrecision, gpu::kTileRows> product;
  product.clear();
  for (int tap = 0; tap < args.taps; ++tap) {
    gpu::add_weights(product, frames + tap * lda, lda, tiles, weights, first_column, tap * width,
                     (tap + 1) * width);
  }
  const int64_t rows = place.length - place.first, at = place.begin + place.first;
  product.each([&](int row, int column, float sum) {
    const int c = first_column + column, channel = group * width + c;
    if (row >= rows || c >= width) return;
    sum = gpu::gelu(sum + args.bias[channel]);
    if (args.residual != nullptr) sum += args.residual[(at + row) * args.residual_stride + channel];
    args.y[(at + row) * args.y_stride + channel] = sum;
  });
}

}  // namespace serene
