// Attention of one short sequence in bf16, a warp having 16 queries in registers.
//
// Keys, values and distances lie in shared memory as the fragments that the products take. A query's
// distances to neighbouring keys are neighbouring rows of the table, and the next query's begin one row
// earlier: Q E is a product over 31 rows for 16 keys, 16 of them new, and is skewed by shuffles
// (relative_attention/warp_attention.cuh): keys and distances come in the order 0, 4, 1, 5, 2, 6, 3, 7 of
// every eight, so that lane t of a product has columns t and t + 4. A score's place is that of the share in
// the product with values, and a row's total is a product with ones.
#pragma once

#include "kernels/short_conformer/short_weights.cuh"

namespace serene {

// What the warps share, for `warps` sixteens of keys.
struct ShortKeys {
  static constexpr int kValueLd = kChunk + 8;  // 16 bytes beyond whole rounds of the banks, for ldmatrix
  static constexpr int kFragment = 128;        // words: 16 keys or distances of a head

  uint32_t* keys;       // [4 heads][warps] fragments
  uint32_t* distances;  // [2 warps] fragments: 16 rows each from that of key - query = -16 warps + 1
  gpu::Bf16* values;    // (16 warps, kValueLd)
  int warps;

  SERENE_HOST_DEVICE static constexpr int words(int warps) {
    return (4 + 2) * warps * kFragment + 16 * warps * kValueLd / 2;
  }

  SERENE_DEVICE ShortKeys(uint32_t* memory, int of_warps)
      : keys(memory),
        distances(memory + 4 * of_warps * kFragment),
        values(reinterpret_cast<gpu::Bf16*>(memory + 6 * of_warps * kFragment)),
        warps(of_warps) {}

  // The warp's 16 keys of one head, packed as a left operand.
  SERENE_DEVICE void put_keys(int head, const uint32_t (&left)[4]) const {
    const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
    uint32_t* const to = keys + (head * warps + thread / 32) * kFragment;
    *reinterpret_cast<uint4*>(to + 4 * (4 * place_of_row(lane / 4) + lane % 4)) =
        make_uint4(left[0], left[2], left[1], left[3]);
  }

  // The warp's 16 values, of columns [32 group, 32 group + 32); zeros from row n on, which no share of zero
  // would make of a NaN.
  SERENE_DEVICE void put_values(int group, const WarpSums& sums, int n) const {
    const int thread = static_cast<int>(threadIdx.x), g = thread % 32 / 4, t = thread % 4;
    uint32_t left[2][4];
    pack_left(left[0], sums, 0);
    pack_left(left[1], sums, 1);
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      const int row = thread / 32 * 16 + g + 8 * down;
      uint4 four = make_uint4(left[0][down], left[0][2 + down], left[1][down], left[1][2 + down]);
      if (row >= n) four = make_uint4(0, 0, 0, 0);
      *reinterpret_cast<uint4*>(values + row * kValueLd + 32 * group + 8 * t) = four;
    }
  }
};

// One head of a warp's 16 queries.
class ShortQueries {
 public:
  // `query`, times log2(e) D^-1/2, becomes the head's outputs as the left operand of a step.
  SERENE_DEVICE static void attend(uint32_t (&query)[4], const ShortKeys& all, int head, int n) {
    ShortQueries queries(query, all, head);
    int key = 0;
    for (; key + 16 < n; key += 32) {
      if (key + 32 <= n) {
        queries.add<2, false>(key, n);
      } else {
        queries.add<2, true>(key, n);
      }
    }
    if (key < n) queries.add<1, true>(key, n);
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      const float share = __fdividef(1, queries.total_[2 * down]);
      SERENE_UNROLL
      for (int tile = 0; tile < 2; ++tile) {
        query[down + 2 * tile] = gpu::pack_bf16(queries.output_[tile][2 * down] * share,
                                                queries.output_[tile][2 * down + 1] * share);
      }
    }
  }

 private:
  SERENE_DEVICE ShortQueries(const uint32_t (&query)[4], const ShortKeys& all, int head)
      : query_(query),
        keys_(all.keys + head * all.warps * ShortKeys::kFragment + 4 * lane()),
        distances_(all.distances +
                   (all.warps - 1 - static_cast<int>(threadIdx.x) / 32) * ShortKeys::kFragment + 4 * lane()),
        values_(all.values + (lane() / 8 % 2 * 8 + row_of_place(lane() % 8)) * ShortKeys::kValueLd +
                head * kShortHead + lane() / 16 * 8) {
    SERENE_UNROLL
    for (int i = 0; i < 8; ++i) output_[i / 4][i % 4] = 0;
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) total_[i] = 0;
    largest_[0] = largest_[1] = -INFINITY;
    float tiles[2][4];
    multiply_distances(tiles, 0);
    keep(tiles);
  }

  SERENE_DEVICE static int lane() { return static_cast<int>(threadIdx.x) % 32; }

  // 16 rows of Q E, in two eights.
  SERENE_DEVICE void multiply_distances(float (&tiles)[2][4], int sixteen) const {
    SERENE_UNROLL
    for (int i = 0; i < 8; ++i) tiles[i / 4][i % 4] = 0;
    multiply(tiles[0], tiles[1], distances_ + sixteen * ShortKeys::kFragment);
  }
  SERENE_DEVICE void multiply(float (&first)[4], float (&second)[4], const uint32_t* fragment) const {
    const uint4 four = *reinterpret_cast<const uint4*>(fragment);
    const uint32_t right[2][2] = {{four.x, four.y}, {four.z, four.w}};
    gpu::mma_m16n8k16_bf16(first, query_, right[0], first);
    gpu::mma_m16n8k16_bf16(second, query_, right[1], second);
  }

  // What the next keys need as well: of row g the last eight columns, of row g + 8, which begin eight
  // earlier, all sixteen.
  SERENE_DEVICE void keep(const float (&tiles)[2][4]) {
    upper_[0] = tiles[1][0], upper_[1] = tiles[1][1];
    lower_[0] = tiles[0][2], lower_[1] = tiles[0][3], lower_[2] = tiles[1][2], lower_[3] = tiles[1][3];
  }

  // Columns 15 - i + [0, 16) of query i, from what was kept and the 16 columns that follow.
  SERENE_DEVICE void skew(float (&first)[4], float (&second)[4], const float (&tiles)[2][4]) const {
    rotate(first[0], first[1], second[0], second[1], upper_[0], upper_[1], tiles[0][0], tiles[0][1],
           tiles[1][0], tiles[1][1]);
    rotate(first[2], first[3], second[2], second[3], lower_[0], lower_[1], lower_[2], lower_[3], tiles[0][2],
           tiles[0][3]);
  }

  // Columns 7 - g + [0, 16) out of 24, in fours of which a lane has one each. Without arrays: a choice
  // between two elements becomes one between addresses, and the array is not in registers any more.
  SERENE_DEVICE static void rotate(float& y0, float& y1, float& y2, float& y3, float x0, float x1, float x2,
                                   float x3, float x4, float x5) {
    const int g = lane() / 4, t = lane() % 4, apart = (7 - g) % 4;
    const bool next = g < 4, wraps = t < apart;
    const int from = lane() / 4 * 4 + (t + apart) % 4;
    const float b0 = next ? x1 : x0, b1 = next ? x2 : x1, b2 = next ? x3 : x2, b3 = next ? x4 : x3,
                b4 = next ? x5 : x4;
    y0 = __shfl_sync(0xFFFFFFFFu, wraps ? b1 : b0, from);
    y1 = __shfl_sync(0xFFFFFFFFu, wraps ? b2 : b1, from);
    y2 = __shfl_sync(0xFFFFFFFFu, wraps ? b3 : b2, from);
    y3 = __shfl_sync(0xFFFFFFFFu, wraps ? b4 : b3, from);
  }

  // kSixteens times 16 keys under one maximum.
  template <int kSixteens, bool kEnds>
  SERENE_DEVICE void add(int key, int n) {
    float scores[2 * kSixteens][4];  // a tile of eight keys: rows g, g + 8, keys t, t + 4
    SERENE_UNROLL
    for (int half = 0; half < kSixteens; ++half) {
      const int sixteen = key / 16 + half;
      float(&first)[4] = scores[2 * half];
      float(&second)[4] = scores[2 * half + 1];
      float tiles[2][4];
      multiply_distances(tiles, sixteen + 1);
      skew(first, second, tiles);
      keep(tiles);
      multiply(first, second, keys_ + sixteen * ShortKeys::kFragment);
    }
    if constexpr (kEnds) {
      SERENE_UNROLL
      for (int i = 0; i < 8 * kSixteens; ++i) {
        if (key + i / 4 * 8 + i % 2 * 4 + lane() % 4 >= n) scores[i / 4][i % 4] = -INFINITY;
      }
    }
    // largest_ is no more than 2^kSlack below the largest score so far, as in WarpAttention::shares.
    constexpr float kSlack = 8;
    float above[2];
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      above[down] = scores[0][2 * down];
      SERENE_UNROLL
      for (int i = 1; i < 4 * kSixteens; ++i) above[down] = max(above[down], scores[i / 2][2 * down + i % 2]);
    }
    const bool beyond = above[0] > largest_[0] + kSlack || above[1] > largest_[1] + kSlack;
    if (__any_sync(0xFFFFFFFFu, beyond)) {
      SERENE_UNROLL
      for (int down = 0; down < 2; ++down) {
        above[down] = max(above[down], __shfl_xor_sync(0xFFFFFFFFu, above[down], 1));
        above[down] = max(above[down], __shfl_xor_sync(0xFFFFFFFFu, above[down], 2));
        above[down] = max(above[down], largest_[down]);
        const float shrink = gpu::exp2_approx(largest_[down] - above[down]);
        largest_[down] = above[down];
        total_[2 * down] *= shrink;
        SERENE_UNROLL
        for (int i = 0; i < 4; ++i) output_[i / 2][2 * down + i % 2] *= shrink;
      }
    }
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      SERENE_UNROLL
      for (int i = 0; i < 4 * kSixteens; ++i) {
        float& score = scores[i / 2][2 * down + i % 2];
        score = gpu::exp2_approx(score - largest_[down]);
      }
    }
    SERENE_UNROLL
    for (int half = 0; half < kSixteens; ++half) {
      const float(&low)[4] = scores[2 * half];
      const float(&high)[4] = scores[2 * half + 1];
      const uint32_t shares[4] = {gpu::pack_bf16(low[0], low[1]), gpu::pack_bf16(low[2], low[3]),
                                  gpu::pack_bf16(high[0], high[1]), gpu::pack_bf16(high[2], high[3])};
      const uint32_t ones[2] = {0x3F803F80, 0x3F803F80};
      gpu::mma_m16n8k16_bf16(total_, shares, ones, total_);
      uint32_t values[4];
      gpu::ldmatrix_x4_trans(values, values_ + (key + 16 * half) * ShortKeys::kValueLd);
      SERENE_UNROLL
      for (int tile = 0; tile < 2; ++tile) {
        const uint32_t right[2] = {values[2 * tile], values[2 * tile + 1]};
        gpu::mma_m16n8k16_bf16(output_[tile], shares, right, output_[tile]);
      }
    }
  }

  const uint32_t (&query_)[4];
  const uint32_t *keys_, *distances_;  // of this lane, from key 0
  const gpu::Bf16* values_;
  float upper_[2], lower_[4];  // fours of Q E, of rows g and g + 8
  float output_[2][4], total_[4], largest_[2];
};

}  // namespace serene
