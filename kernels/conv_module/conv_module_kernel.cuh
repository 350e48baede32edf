// Convolution module of a conformer on a GPU, in two kernels over a workspace of (R, I), R = S0 S1 N.
//
// gated_project_kernel, grid x over tiles of 64 rows, y over tiles of 64 inner channels: layer norm, values
// and gates as two products over the same rows, and their GLU. 4 C FLOP an inner channel and row; the layer
// norm is done again for each tile of channels, I / 64 times (2 at C = 64), which spares a map in memory.
//
// depthwise_project_kernel, grid x over sequences and tiles of 64 positions: for 64 inner channels at a time
// the tile and a halo of taps - 1 rows come to shared memory, a thread runs 16 positions of one channel over
// the taps, and what comes out is multiplied with W2 at once; sums stay in registers. (2 taps + 2 C) I FLOP a
// position for I (1 + 30 / 64) + 2 C floats: at C = 64, I = 128 32 FLOP a byte. Shared memory at 31 taps: 24
// KB tile and halo, 8 KB taps, 17 KB results, 9 KB weights.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/depthwise.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

struct GatedProjectArgs {
  const float* x;
  gpu::Rows rows;
  const float *norm_weight, *norm_bias;
  float eps;
  gpu::Weights weights;  // (C, 2 I)
  const float* bias;     // (2 I)
  float* y;              // (R, I)
};

template <Precision kPrecision>
__global__ void gated_project_kernel(GatedProjectArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_DYNAMIC_SHARED(memory);
  float* const normed = reinterpret_cast<float*>(memory);
  const int channels = args.weights.k, lda = gpu::tile_lda(channels), inner = args.weights.n / 2;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows;
  const int column = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::layer_norm_rows(normed, args.x, args.rows, first, channels, args.norm_weight, args.norm_bias,
                       args.eps);
  gpu::TileProduct<kPrecision, gpu::kTileRows> values, gates;
  values.clear();
  gates.clear();
  gpu::add_weights(values, normed, lda, tiles, args.weights, column, 0, channels);
  gpu::add_weights(gates, normed, lda, tiles, args.weights, inner + column, 0, channels);
  values.each_with(gates, [&](int row, int c, float value, float gate) {
    c += column;
    if (first + row >= args.rows.count || c >= inner) return;
    gate += args.bias[inner + c];
    args.y[(first + row) * inner + c] = (value + args.bias[c]) * gpu::sigmoid(gate);
  });
}

struct DepthwiseProjectArgs {
  const float* x;     // (S0 S1, N, I)
  int64_t n, tiles;   // positions of a sequence, and tiles of them
  int count;          // taps
  const float* taps;  // (count, I)
  const float* taps_bias;
  gpu::Weights weights;  // (I, C)
  const float *bias, *residual;
  gpu::Rows residual_rows, y_rows;
  float* y;
};

// Dynamic shared memory in bytes.
constexpr size_t depthwise_project_shared(int taps) {
  return static_cast<size_t>(gpu::kTileColumns) * static_cast<size_t>(gpu::kTileRows + 2 * taps - 1) *
             sizeof(float) +
         static_cast<size_t>(gpu::kTileRows) * gpu::tile_lda(gpu::kTileColumns) * sizeof(float);
}

// kOutputs: tiles of 64 output channels.
template <Precision kPrecision, int kOutputs>
__global__ void depthwise_project_kernel(DepthwiseProjectArgs args) {
  constexpr int kLda = gpu::tile_lda(gpu::kTileColumns), kPositions = gpu::kTileRows / 4;
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_SHARED(places, gpu::RowPlaces);
  SERENE_DYNAMIC_SHARED(memory);
  float* const results = reinterpret_cast<float*>(memory);   // (64, kLda)
  float* const taps = results + gpu::kTileRows * kLda;       // (count, 64)
  float* const map = taps + args.count * gpu::kTileColumns;  // (64 + count - 1, 64)
  const int thread = static_cast<int>(threadIdx.x), inner = args.weights.k;
  const int64_t sequence = blockIdx.x / args.tiles, first = blockIdx.x % args.tiles * gpu::kTileRows;
  const float* const x = args.x + sequence * args.n * inner;
  gpu::find_places(places, args.y_rows, args.residual_rows, args.residual != nullptr,
                   sequence * args.n + first, args.n - first);

  gpu::TileProduct<kPrecision, gpu::kTileRows> outputs[kOutputs];
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) outputs[i].clear();
  const int c = thread % gpu::kTileColumns, part = thread / gpu::kTileColumns;
  for (int channel = 0; channel < inner; channel += gpu::kTileColumns) {
    const bool there = channel + c < inner;
    for (int row = part; row < gpu::kTileRows + args.count - 1; row += 4) {
      const int64_t position = first + row - args.count / 2;
      map[row * gpu::kTileColumns + c] =
          there && position >= 0 && position < args.n ? x[position * inner + channel + c] : 0.0f;
    }
    for (int tap = part; tap < args.count; tap += 4)
      taps[tap * gpu::kTileColumns + c] = there ? args.taps[tap * inner + channel + c] : 0.0f;
    __syncthreads();
    float sums[kPositions];
    SERENE_UNROLL
    for (int i = 0; i < kPositions; ++i) sums[i] = there ? args.taps_bias[channel + c] : 0.0f;
    const float* from = map + part * kPositions * gpu::kTileColumns + c;
    gpu::add_depthwise(
        sums, [&](int row) { return from[row * gpu::kTileColumns]; }, taps + c, gpu::kTileColumns,
        args.count);
    SERENE_UNROLL
    for (int i = 0; i < kPositions; ++i) results[(part * kPositions + i) * kLda + c] = gpu::silu(sums[i]);
    const int end = channel + gpu::kTileColumns < inner ? channel + gpu::kTileColumns : inner;
    SERENE_UNROLL
    for (int i = 0; i < kOutputs; ++i)
      gpu::add_weights(outputs[i], results, kLda, tiles, args.weights, i * gpu::kTileColumns, channel, end);
  }
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) {
    outputs[i].each([&](int row, int column, float sum) {
      const int channel = i * gpu::kTileColumns + column;
      if (places.y[row] < 0 || channel >= args.weights.n) return;
      sum += args.bias[channel];
      if (args.residual != nullptr) sum += args.residual[places.residual[row] + channel];
      args.y[places.y[row] + channel] = sum;
    });
  }
}

}  // namespace serene
