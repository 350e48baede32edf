// Attention of a head on a GPU. Grid: x over tiles of 64 queries of each clip, y over heads; 256 threads.
//
// Keys and values come 64 at a time; the tile of logits, a product of 64 x D by D x 64, goes to shared
// memory, where four threads a row take its step of the softmax, and from there into the product with the
// values, whose sums stay in registers. 4 D FLOP for each pair of a query and a key, 128 FLOP for each float
// of keys and values that comes from L2: bound by the products' fragments, which are read as fp32. Shared
// memory at D = 64: 17 KB queries, 18 KB keys, 18 KB values, 17 KB logits; above D = 64 the values are two
// tiles of 64 columns, 97 KB in all at D = 80. Keys are transposed on their way to shared memory, with up to
// eight-way bank conflicts, once for 64 queries.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/ragged.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

struct ScaledAttentionKernelArgs {
  const float *q, *k, *v;
  int64_t q_stride, k_stride, v_stride, y_stride;
  gpu::RaggedTiles clips;
  int d;
  float scale;        // log2(e) D^-1/2
  const float* bias;  // of distance 0, or null; heads bias_stride apart
  const float* gate;  // or null; rows gate_stride apart
  int64_t bias_stride, gate_stride;
  float* y;
};

inline constexpr int kAttentionTile = 64;  // queries, and keys
inline constexpr int kLogitsLd = kAttentionTile + 4;

SERENE_HOST_DEVICE constexpr int scaled_attention_depth(int d) {
  return (d + gpu::kTileK - 1) / gpu::kTileK * gpu::kTileK;
}

// Dynamic shared memory in bytes.
constexpr size_t scaled_attention_shared(int d) {
  const int depth = scaled_attention_depth(d), outputs = (d + gpu::kTileColumns - 1) / gpu::kTileColumns;
  return sizeof(float) * static_cast<size_t>(kAttentionTile * gpu::tile_lda(d) + depth * gpu::kTileLdb +
                                             outputs * kAttentionTile * gpu::kTileLdb +
                                             kAttentionTile * kLogitsLd + 2 * kAttentionTile);
}

// kOutputs: tiles of 64 columns of the values.
template <Precision kPrecision, int kOutputs>
__global__ void __launch_bounds__(gpu::kTileThreads) scaled_attention_kernel(ScaledAttentionKernelArgs args) {
  SERENE_DYNAMIC_SHARED(memory);
  const gpu::RaggedPlace place = gpu::ragged_place(args.clips, kAttentionTile);
  if (place.first >= place.length) return;
  const int d = args.d, depth = scaled_attention_depth(d), lda = gpu::tile_lda(d);
  const int thread = static_cast<int>(threadIdx.x), head = static_cast<int>(blockIdx.y);
  float* const queries = reinterpret_cast<float*>(memory);                   // (64, lda)
  float* const keys = queries + kAttentionTile * lda;                        // (depth, 72): transposed
  float* const values = keys + depth * gpu::kTileLdb;                        // [kOutputs](64, 72)
  float* const logits = values + kOutputs * kAttentionTile * gpu::kTileLdb;  // (64, 68)
  float* const shrink = logits + kAttentionTile * kLogitsLd;                 // (64)
  float* const totals = shrink + kAttentionTile;                             // (64)
  const float* const q = args.q + (place.begin + place.first) * args.q_stride + head * d;
  const int64_t rows = place.length - place.first;  // 64 and more count as 64

  for (int i = thread; i < kAttentionTile * depth; i += gpu::kTileThreads) {
    const int row = i / depth, c = i - row * depth;
    queries[row * lda + c] = row < rows && c < d ? q[row * args.q_stride + c] : 0.0f;
  }
  gpu::TileProduct<kPrecision, kAttentionTile> outputs[kOutputs];
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) outputs[i].clear();
  // Of the row that this thread takes part in: four threads, neighbours, have the same.
  const int row = thread / 4, part = thread % 4;
  float largest = -1e30f, total = 0;

  for (int64_t key = 0; key < place.length; key += kAttentionTile) {
    const int64_t left = place.length - key;
    __syncthreads();
    const float* const k = args.k + (place.begin + key) * args.k_stride + head * d;
    const float* const v = args.v + (place.begin + key) * args.v_stride + head * d;
    for (int i = thread; i < kAttentionTile * depth; i += gpu::kTileThreads) {
      const int j = i / depth, c = i - j * depth;
      keys[c * gpu::kTileLdb + j] = j < left && c < d ? k[j * args.k_stride + c] : 0.0f;
    }
    for (int i = thread; i < kAttentionTile * kOutputs * gpu::kTileColumns; i += gpu::kTileThreads) {
      const int j = i / (kOutputs * gpu::kTileColumns), c = i % (kOutputs * gpu::kTileColumns);
      values[(c / gpu::kTileColumns * kAttentionTile + j) * gpu::kTileLdb + c % gpu::kTileColumns] =
          j < left && c < d ? v[j * args.v_stride + c] : 0.0f;
    }
    __syncthreads();
    gpu::TileProduct<kPrecision, kAttentionTile> product;
    product.clear();
    product.add(queries, lda, keys, depth);
    product.each([&](int r, int column, float sum) {
      float logit = sum * args.scale;
      if (args.bias != nullptr && r < rows && column < left) {
        const int64_t query = place.first + r;
        const float gate =
            args.gate == nullptr ? 1.0f : args.gate[(place.begin + query) * args.gate_stride + head];
        logit += 1.44269504f * gate * args.bias[head * args.bias_stride + key + column - query];
      }
      logits[r * kLogitsLd + column] = column < left ? logit : -1e30f;
    });
    __syncthreads();
    float top = largest;
    SERENE_UNROLL
    for (int i = 0; i < kAttentionTile / 4; ++i) {
      const float logit = logits[row * kLogitsLd + part + 4 * i];
      top = logit > top ? logit : top;
    }
    for (int apart = 1; apart < 4; apart *= 2) {
      const float other = __shfl_xor_sync(0xFFFFFFFFu, top, apart);
      top = other > top ? other : top;
    }
    float sum = 0;
    SERENE_UNROLL
    for (int i = 0; i < kAttentionTile / 4; ++i) {
      float& logit = logits[row * kLogitsLd + part + 4 * i];
      logit = gpu::exp2_approx(logit - top);
      sum += logit;
    }
    for (int apart = 1; apart < 4; apart *= 2) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, apart);
    const float factor = gpu::exp2_approx(largest - top);
    largest = top;
    total = total * factor + sum;
    if (part == 0) shrink[row] = factor;
    __syncthreads();
    SERENE_UNROLL
    for (int i = 0; i < kOutputs; ++i) {
      outputs[i].scale_rows([&](int r) { return shrink[r]; });
      outputs[i].add(logits, kLogitsLd, values + i * kAttentionTile * gpu::kTileLdb, kAttentionTile);
    }
  }
  if (part == 0) totals[row] = total;
  __syncthreads();
  float* const y = args.y + (place.begin + place.first) * args.y_stride + head * d;
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) {
    outputs[i].each([&](int r, int column, float sum) {
      const int c = i * gpu::kTileColumns + column;
      if (r < rows && c < d) y[r * args.y_stride + c] = sum / totals[r];
    });
  }
}

}  // namespace serene
