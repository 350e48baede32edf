// Attention of one sequence of up to 128 positions, all of it in shared memory: the middle of
// short_conformer_kernel.
//
// A head has 16 columns wherever queries, keys and values are, whatever its width D; what lies between is
// zero. Distances are in the order of key minus query, from -127.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/query_attention.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/short_conformer/short_arguments.cuh"

namespace serene {

inline constexpr int kShortDistances = 2 * kShortRows;  // one more than there are

// Where channel c < 64 of queries, keys, values and outputs is.
SERENE_DEVICE int short_column(const ShortAttentionArgs& args, int c) {
  const int head = c * args.shares >> 16;  // c / D
  return c + head * (kShortHead - args.d);
}

// In fp32, for fp32 and tf32 products around it: a thread has a query in every other head, all lanes of a
// warp read the same key, and their distances are neighbouring rows 17 floats apart: no bank is met twice.
class FloatHeads {
 public:
  using Operand = float;
  static constexpr int kLd = gpu::tile_lda(kShortColumns);
  static constexpr int kTile = kShortRows * kLd;
  // Shared memory in floats: normed rows, whose place values take; what modules have in hand, where queries
  // are; keys and distances.
  static constexpr int kInner = kTile, kOwn = kTile + kShortDistances * (kShortHead + 1);

  SERENE_DEVICE FloatHeads(Operand* normed, Operand* inner, float* own, gpu::WeightTile*)
      : queries_(inner), keys_(own), values_(normed), distances_(own + kTile) {}

  // What queries and keys of narrower heads leave between them. What values leave there makes outputs that
  // nobody reads.
  SERENE_DEVICE void clear() {
    for (int i = static_cast<int>(threadIdx.x); i < kTile; i += gpu::kTileThreads) queries_[i] = keys_[i] = 0;
  }
  // part: 0 queries, 1 keys, 2 values.
  SERENE_DEVICE void put(int part, int row, int column, float value) {
    (part == 0 ? queries_ : part == 1 ? keys_ : values_)[row * kLd + column] = value;
  }
  // In the place of queries.
  SERENE_DEVICE const Operand* outputs() const { return queries_; }

  // After the last product before attention.
  SERENE_DEVICE void put_distances(const ShortAttentionArgs& args) {
    const int row = static_cast<int>(threadIdx.x);
    for (int k = 0; k < kShortHead; ++k)
      distances_[row * (kShortHead + 1) + k] = short_distance(args, row - (kShortRows - 1), k);
  }

  // Nobody but its thread reads a query.
  SERENE_DEVICE void attend(int heads, int n) {
    const int i = static_cast<int>(threadIdx.x) % kShortRows;
    for (int head = static_cast<int>(threadIdx.x) / kShortRows; head < heads; head += 2) {
      float* const query = queries_ + i * kLd + head * kShortHead;
      gpu::QueryAttention<kShortHead> attention;
      attention.clear();
      SERENE_UNROLL
      for (int k = 0; k < kShortHead; ++k) attention.query[k] = query[k];
      attention.add(keys_ + head * kShortHead, values_ + head * kShortHead, kLd,
                    distances_ + (kShortRows - 1 - i) * (kShortHead + 1), kShortHead + 1, n);
      SERENE_UNROLL
      for (int k = 0; k < kShortHead; ++k) query[k] = attention.output[k] / attention.total;
    }
  }

 private:
  float *queries_, *keys_, *values_;  // (128, kLd)
  float* distances_;                  // (256, 17)
};

}  // namespace serene
