// Feed-forward module on a GPU, one kernel from layer norm to residual. Grid: x over tiles of 64 rows; 256
// threads.
//
// The normed rows stay in shared memory; the hidden layer passes through it 64 channels at a time and never
// leaves the block; the sums of the second product stay in registers, 16 for each 64 output channels. 4 C H
// FLOP a row for 2 or 3 C floats: at C = 64, H = 256 86 to 128 FLOP a byte, plus 128 KB of weights a block
// out of L2. Bound by the CUDA cores in fp32, by shared memory in tf32 and bf16. Shared memory at C = 64: 17
// KB normed rows, 17 KB hidden, 9 KB weights.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

struct FeedForwardKernelArgs {
  const float *x, *residual;  // residual may be null
  float* y;
  gpu::Rows x_rows, residual_rows, y_rows;
  const float *norm_weight, *norm_bias;
  float eps, scale;
  gpu::Weights w1, w2;
  const float *b1, *b2;
};

inline constexpr int kHiddenLda = gpu::tile_lda(gpu::kTileColumns);

// Dynamic shared memory in bytes.
constexpr size_t feed_forward_shared(int channels) {
  return static_cast<size_t>(gpu::kTileRows) * static_cast<size_t>(gpu::tile_lda(channels) + kHiddenLda) * 4;
}

// kOutputs: tiles of 64 output channels.
template <Precision kPrecision, int kOutputs>
__global__ void feed_forward_kernel(FeedForwardKernelArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_SHARED(places, gpu::RowPlaces);
  SERENE_DYNAMIC_SHARED(memory);
  const int channels = args.w1.k, hidden = args.w1.n, lda = gpu::tile_lda(channels);
  float* const normed = reinterpret_cast<float*>(memory);
  float* const inner = normed + gpu::kTileRows * lda;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows;

  gpu::find_places(places, args.y_rows, args.residual_rows, args.residual != nullptr, first,
                   args.y_rows.count - first);
  gpu::layer_norm_rows(normed, args.x, args.x_rows, first, channels, args.norm_weight, args.norm_bias,
                       args.eps);
  gpu::TileProduct<kPrecision, gpu::kTileRows> outputs[kOutputs];
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) outputs[i].clear();
  for (int h = 0; h < hidden; h += gpu::kTileColumns) {
    gpu::TileProduct<kPrecision, gpu::kTileRows> product;
    product.clear();
    gpu::add_weights(product, normed, lda, tiles, args.w1, h, 0, channels);
    product.each([&](int row, int column, float sum) {
      const int c = h + column;
      inner[row * kHiddenLda + column] = c < hidden ? gpu::silu(sum + args.b1[c]) : 0.0f;
    });
    const int end = h + gpu::kTileColumns < hidden ? h + gpu::kTileColumns : hidden;
    SERENE_UNROLL
    for (int i = 0; i < kOutputs; ++i)
      gpu::add_weights(outputs[i], inner, kHiddenLda, tiles, args.w2, i * gpu::kTileColumns, h, end);
  }
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) {
    outputs[i].each([&](int row, int column, float sum) {
      const int c = i * gpu::kTileColumns + column;
      if (places.y[row] < 0 || c >= channels) return;
      sum = args.scale * (sum + args.b2[c]);
      if (args.residual != nullptr) sum += args.residual[places.residual[row] + c];
      args.y[places.y[row] + c] = sum;
    });
  }
}

}  // namespace serene
