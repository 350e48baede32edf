// Attention of one sequence of up to 128 positions, all of it in shared memory: the middle of
// short_conformer_kernel.
//
// A head has 16 columns wherever queries, keys and values are, whatever its width D; what lies between is
// zero. Two ways under the same names: on the CUDA cores with fp32 tiles, and on the tensor cores with bf16
// ones. Distances are in the order of key minus query, from -127.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/query_attention.h"
#include "kernels/common/gpu/row_tile.h"

namespace serene {

inline constexpr int kShortRows = 128;    // positions
inline constexpr int kShortColumns = 64;  // channels
inline constexpr int kShortHead = 16;
inline constexpr int kShortDistances = 2 * kShortRows;  // one more than there are

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

// Where channel c < 64 of queries, keys, values and outputs is.
SERENE_DEVICE int short_column(const ShortAttentionArgs& args, int c) {
  const int head = c * args.shares >> 16;  // c / D
  return c + head * (kShortHead - args.d);
}

// The table's value where the key is `ahead` of its query, k < D.
SERENE_DEVICE float short_distance(const ShortAttentionArgs& args, int ahead, int k) {
  const int clipped = ahead > args.clip ? args.clip : ahead < -args.clip ? -args.clip : ahead;
  return k < args.d ? args.distances[k * args.stride + args.clip + clipped] : 0.0f;
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

// In bf16: a warp has 16 queries, and keys go by 32 at a time.
//
// A query's distances to neighbouring keys are neighbouring rows of the table, and the next query's begin one
// row earlier: Q E is a product over keys + 15 rows, and skewed, row i by i columns, as it comes back from
// 2 KB of the warp's own shared memory, a ring of 32 columns. Eight keys need eight columns more than those
// before, so nothing is multiplied twice: two products for distances, two for keys, two for values for every
// 16 keys. The product of keys starts from the skewed one.
class Bf16Heads {
 public:
  using Operand = gpu::Bf16;
  static constexpr int kLd = kShortColumns + 8;  // 16 bytes beyond whole rounds of the banks, for ldmatrix
  static constexpr int kTile = kShortRows * kLd;
  static constexpr int kRing = 16 * 32;
  // Shared memory: normed rows, whose place values take; what modules have in hand, where queries and keys
  // are; in floats the warps' rings. Distances lie where weights do between products.
  static constexpr int kInner = 2 * kTile, kOwn = gpu::kTileThreads / 32 * kRing;
  static_assert(kShortDistances * kShortHead * sizeof(gpu::Bf16) <= 2 * sizeof(gpu::WeightTile));

  SERENE_DEVICE Bf16Heads(Operand* normed, Operand* inner, float* own, gpu::WeightTile* weights)
      : queries_(inner),
        keys_(inner + kTile),
        values_(normed),
        distances_(reinterpret_cast<gpu::Bf16*>(weights)),
        rings_(own) {}

  SERENE_DEVICE void clear() {
    for (int i = static_cast<int>(threadIdx.x); i < kTile; i += gpu::kTileThreads)
      queries_[i].bits = keys_[i].bits = 0;
  }
  SERENE_DEVICE void put(int part, int row, int column, float value) {
    (part == 0 ? queries_ : part == 1 ? keys_ : values_)[row * kLd + column] = gpu::to_bf16(value);
  }
  SERENE_DEVICE const Operand* outputs() const { return queries_; }

  SERENE_DEVICE void put_distances(const ShortAttentionArgs& args) {
    const int row = static_cast<int>(threadIdx.x), ahead = row - (kShortRows - 1);
    SERENE_UNROLL
    for (int half = 0; half < 2; ++half) {
      uint32_t pairs[4];
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int k = 8 * half + 2 * i;
        pairs[i] = gpu::pack_bf16(short_distance(args, ahead, k), short_distance(args, ahead, k + 1));
      }
      *reinterpret_cast<uint4*>(distance_at(row, half)) = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
    }
  }

  // Nobody but its warp reads a query.
  SERENE_DEVICE void attend(int heads, int n) {
    const int first = static_cast<int>(threadIdx.x) / 32 * 16;
    if (first >= n) return;
    for (int head = 0; head < heads; ++head) attend_head(head * kShortHead, first, n);
  }

 private:
  // Half a row of a head's width. Rows are 32 bytes, four go round the banks: the next four change halves.
  SERENE_DEVICE gpu::Bf16* distance_at(int row, int half) const {
    return distances_ + row * kShortHead + (half ^ (row >> 2 & 1)) * 8;
  }
  // Column c of Q E of the warp's query i; rows begin four banks apart.
  SERENE_DEVICE float* ring_at(int i, int c) const {
    return rings_ + static_cast<int>(threadIdx.x) / 32 * kRing + i * 32 + ((c + 4 * i) & 31);
  }

  // Columns [c, c + 16) of Q E, counted from the distance between key 0 and query first + 15.
  SERENE_DEVICE void multiply_distances(const uint32_t (&query)[4], int first, int c) {
    const int lane = static_cast<int>(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
    const int row = kShortRows - 16 - first + c + lane / 16 * 8 + lane % 8;
    uint32_t right[4];
    gpu::ldmatrix_x4(right, distance_at(row, lane / 8 % 2));
    SERENE_UNROLL
    for (int tile = 0; tile < 2; ++tile) {
      const uint32_t b[2] = {right[2 * tile], right[2 * tile + 1]};
      float sum[4] = {0, 0, 0, 0};
      gpu::mma_m16n8k16_bf16(sum, query, b, sum);
      const int column = c + 8 * tile + 2 * t;
      *reinterpret_cast<float2*>(ring_at(g, column)) = make_float2(sum[0], sum[1]);
      *reinterpret_cast<float2*>(ring_at(g + 8, column)) = make_float2(sum[2], sum[3]);
    }
  }

  SERENE_DEVICE void attend_head(int column, int first, int n) {
    const int lane = static_cast<int>(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
    uint32_t query[4];
    gpu::ldmatrix_x4(query, queries_ + (first + lane % 16) * kLd + column + lane / 16 * 8);
    float output[2][4] = {}, largest[2] = {-INFINITY, -INFINITY}, total[2] = {0, 0};
    __syncwarp();  // the ring is the last head's
    multiply_distances(query, first, 0);
    for (int key = 0; key < n; key += 32) {
      float scores[4][4];  // a tile of eight keys: rows g, g + 8, keys 2 t, 2 t + 1
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int j = key + 16 * half;
        // The columns that go are those of the keys before.
        __syncwarp();
        multiply_distances(query, first, j + 16);
        __syncwarp();
        uint32_t keys[4];
        gpu::ldmatrix_x4(keys, keys_ + (j + lane / 16 * 8 + lane % 8) * kLd + column + lane / 8 % 2 * 8);
        SERENE_UNROLL
        for (int tile = 0; tile < 2; ++tile) {
          float(&score)[4] = scores[2 * half + tile];
          const int first_key = j + 8 * tile + 2 * t;
          SERENE_UNROLL
          for (int i = 0; i < 4; ++i) {
            const int row = g + i / 2 * 8;
            score[i] = *ring_at(row, first_key + i % 2 + 15 - row);
          }
          const uint32_t b[2] = {keys[2 * tile], keys[2 * tile + 1]};
          gpu::mma_m16n8k16_bf16(score, query, b, score);
          SERENE_UNROLL
          for (int i = 0; i < 4; ++i) {
            if (first_key + i % 2 >= n) score[i] = -INFINITY;
          }
        }
      }
      add_values(scores, output, largest, total, column, key);
    }
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      total[down] += __shfl_xor_sync(0xFFFFFFFFu, total[down], 1);
      total[down] += __shfl_xor_sync(0xFFFFFFFFu, total[down], 2);
      gpu::Bf16* const row = queries_ + (first + g + 8 * down) * kLd + column + 2 * t;
      SERENE_UNROLL
      for (int tile = 0; tile < 2; ++tile) {
        *reinterpret_cast<uint32_t*>(row + 8 * tile) =
            gpu::pack_bf16(output[tile][2 * down] / total[down], output[tile][2 * down + 1] / total[down]);
      }
    }
  }

  // output += the softmax's shares of 32 keys times their values, all under one running maximum. A lane's
  // total is that of its own keys.
  SERENE_DEVICE void add_values(float (&scores)[4][4], float (&output)[2][4], float (&largest)[2],
                                float (&total)[2], int column, int key) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      float above = largest[down];
      SERENE_UNROLL
      for (int i = 0; i < 8; ++i) above = max(above, scores[i / 2][2 * down + i % 2]);
      above = max(above, __shfl_xor_sync(0xFFFFFFFFu, above, 1));
      above = max(above, __shfl_xor_sync(0xFFFFFFFFu, above, 2));
      const float shrink = gpu::exp2_approx(largest[down] - above);
      largest[down] = above;
      total[down] *= shrink;
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) output[i / 2][2 * down + i % 2] *= shrink;
      SERENE_UNROLL
      for (int i = 0; i < 8; ++i) {
        float& score = scores[i / 2][2 * down + i % 2];
        score = gpu::exp2_approx(score - above);
        total[down] += score;
      }
    }
    SERENE_UNROLL
    for (int half = 0; half < 2; ++half) {
      const float(&low)[4] = scores[2 * half];
      const float(&high)[4] = scores[2 * half + 1];
      const uint32_t shares[4] = {gpu::pack_bf16(low[0], low[1]), gpu::pack_bf16(low[2], low[3]),
                                  gpu::pack_bf16(high[0], high[1]), gpu::pack_bf16(high[2], high[3])};
      uint32_t values[4];
      gpu::ldmatrix_x4_trans(values, values_ + (key + 16 * half + lane % 16) * kLd + column + lane / 16 * 8);
      SERENE_UNROLL
      for (int tile = 0; tile < 2; ++tile) {
        const uint32_t b[2] = {values[2 * tile], values[2 * tile + 1]};
        gpu::mma_m16n8k16_bf16(output[tile], shares, b, output[tile]);
      }
    }
  }

  gpu::Bf16 *queries_, *keys_, *values_;  // (128, kLd)
  gpu::Bf16* distances_;                  // (256, 16)
  float* rings_;                          // (8, 16, 32)
};

}  // namespace serene
