// Attention of a warp's 32 queries on the tensor cores, its softmax as the keys come (arXiv 1805.02867).
//
// Two sixteens of queries share each fragment of keys, values and distances: with one, shared memory would
// take longer than the exponentials. Keys go by 32 under one running maximum.
//
// Distances: query i needs of key j row j - i of the table, so Q E^T over 31 rows holds what 16 queries need
// of 16 keys, query i's part beginning at column 15 - i. The warp multiplies every 16 rows once: the second
// sixteen of queries takes at these keys the fragment that the first took at the 16 keys before, and what
// stays of a product, 15 columns, stays in registers for the next keys.
//
// The skew is done by shuffles among the four lanes that share a row. Fragments of keys and distances are
// loaded in the order 0, 4, 1, 5, 2, 6, 3, 7 of every eight rows, which costs nothing, and gives lane t of a
// product columns t and t + 4 where it would have 2 t and 2 t + 1: column c of fours is in lane c % 4, so
// that a shift is a rotation of lanes and a choice of the four. A lane knows who reads from it and chooses
// before: one shuffle an element, 4 a tile of 8 keys, where writing the product to shared memory and reading
// it skewed takes 8 accesses of the warp. In that order, too, a score's place in the product of queries and
// keys is the share's place in the left operand of the product with values, for bf16 and for tf32.
//
// In bf16 a row's total is a product with ones, an instruction for 16 keys instead of 16, and the sum of what
// meets the values; in tf32, where the tensor cores have more to do, each lane adds up its own keys. Either
// way the order of a row's sums depends on N alone.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/precision.h"

namespace serene {

// What the tensor cores multiply, and the products' fragments: a step of K is 32 bytes of a row.
template <Precision kPrecision>
struct Fragments;

template <>
struct Fragments<Precision::bf16> {
  using Operand = gpu::Bf16;
  static constexpr int kStep = 16;
  // Eight rounded values to 16 bytes.
  SERENE_DEVICE static void store_eight(Operand* to, const float (&x)[8]) {
    *reinterpret_cast<uint4*>(to) = make_uint4(gpu::pack_bf16(x[0], x[1]), gpu::pack_bf16(x[2], x[3]),
                                               gpu::pack_bf16(x[4], x[5]), gpu::pack_bf16(x[6], x[7]));
  }
  SERENE_DEVICE static void store_four(Operand* to, float4 x) {
    *reinterpret_cast<uint2*>(to) = gpu::pack_bf16(x);
  }
  // value(down, k): of row g + 8 down, column k of the step.
  template <class Value>
  SERENE_DEVICE static void make_left(uint32_t (&a)[4], Value value) {
    const int t = static_cast<int>(threadIdx.x) % 4;
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int k = 2 * t + i / 2 * 8;
      a[i] = gpu::pack_bf16(value(i % 2, k), value(i % 2, k + 1));
    }
  }
  SERENE_DEVICE static void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    gpu::mma_m16n8k16_bf16(d, a, b, d);
  }
};

template <>
struct Fragments<Precision::tf32> {
  using Operand = float;
  static constexpr int kStep = 8;
  SERENE_DEVICE static void store_eight(Operand* to, const float (&x)[8]) {
    SERENE_UNROLL
    for (int i = 0; i < 8; i += 4) {
      *reinterpret_cast<uint4*>(to + i) = make_uint4(gpu::round_tf32(x[i]), gpu::round_tf32(x[i + 1]),
                                                     gpu::round_tf32(x[i + 2]), gpu::round_tf32(x[i + 3]));
    }
  }
  SERENE_DEVICE static void store_four(Operand* to, float4 x) {
    *reinterpret_cast<uint4*>(to) =
        make_uint4(gpu::round_tf32(x.x), gpu::round_tf32(x.y), gpu::round_tf32(x.z), gpu::round_tf32(x.w));
  }
  template <class Value>
  SERENE_DEVICE static void make_left(uint32_t (&a)[4], Value value) {
    const int t = static_cast<int>(threadIdx.x) % 4;
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) a[i] = gpu::round_tf32(value(i % 2, t + i / 2 * 4));
  }
  SERENE_DEVICE static void multiply(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    gpu::mma_m16n8k8_tf32(d, a, b, d);
  }
};

// kD: width of a head, 16 or 32. Keys and distances are kLd apart, values kValueLd: eight rows that
// ldmatrix reads, or two fours of lanes, meet no bank twice.
template <Precision kPrecision, int kD>
class WarpAttention {
 public:
  using Fragment = Fragments<kPrecision>;
  using Operand = typename Fragment::Operand;
  static constexpr int kSixteens = 2;
  static constexpr int kQueries = 16 * kSixteens;
  static constexpr int kChunk = 32;  // keys under one maximum
  static constexpr int kLd = kD + 16 / static_cast<int>(sizeof(Operand));
  static constexpr int kValueLd = kD + 8;

  // value(query, k): of the warp's 32, times log2(e) D^-1/2.
  template <class Value>
  SERENE_DEVICE void begin(Value value) {
    const int g = lane() / 4;
    SERENE_UNROLL
    for (int m = 0; m < kSixteens; ++m) {
      SERENE_UNROLL
      for (int step = 0; step < kSteps; ++step) {
        Fragment::make_left(query_[m][step], [&](int down, int k) {
          return value(16 * m + g + 8 * down, step * Fragment::kStep + k);
        });
      }
      SERENE_UNROLL
      for (int i = 0; i < 4 * kD / 8; ++i) output_[m][i / 4][i % 4] = 0;
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        largest_[m][i / 2] = -INFINITY;
        total_[m][i] = 0;
      }
    }
  }

  // Distances before those of `add`: 32 rows in two sixteens, from that of key 0 and the warp's query 31.
  SERENE_DEVICE void begin_distances(const Operand* first, const Operand* second) {
    uint32_t right[kSteps][2][2];
    float tiles[2][4];
    load_right(right, first);
    multiply_distances(tiles, query_[1], right);
    keep(1, tiles);
    load_right(band_, second);
    multiply_distances(tiles, query_[0], band_);
    keep(0, tiles);
  }

  // 32 keys and values, those from `count` on nobody's; distances(i): 16 rows of the table, which follow on
  // those of the keys before.
  template <class Distances>
  SERENE_DEVICE void add(const Operand* keys, const Operand* values, Distances distances, int count) {
    float scores[kSixteens][4][4];  // a tile of eight keys: rows g, g + 8, keys t, t + 4
    SERENE_UNROLL
    for (int half = 0; half < 2; ++half) {
      uint32_t right[kSteps][2][2];
      load_right(right, distances(half));
      float tiles[kSixteens][2][4];
      multiply_distances(tiles[1], query_[1], band_);
      multiply_distances(tiles[0], query_[0], right);
      SERENE_UNROLL
      for (int step = 0; step < kSteps; ++step) {
        SERENE_UNROLL
        for (int i = 0; i < 4; ++i) band_[step][i / 2][i % 2] = right[step][i / 2][i % 2];
      }
      load_right(right, keys + 16 * half * kLd);
      SERENE_UNROLL
      for (int m = 0; m < kSixteens; ++m) {
        skew(scores[m][2 * half], scores[m][2 * half + 1], m, tiles[m]);
        keep(m, tiles[m]);
        SERENE_UNROLL
        for (int tile = 0; tile < 2; ++tile) {
          SERENE_UNROLL
          for (int step = 0; step < kSteps; ++step)
            Fragment::multiply(scores[m][2 * half + tile], query_[m][step], right[step][tile]);
        }
      }
    }
    if (count < kChunk) {
      SERENE_UNROLL
      for (int i = 0; i < 4 * 4 * kSixteens; ++i) {
        const int tile = i / 4 % 4;
        if (8 * tile + lane() % 4 + i % 2 * 4 >= count) scores[i / 16][tile][i % 4] = -INFINITY;
      }
    }
    SERENE_UNROLL
    for (int m = 0; m < kSixteens; ++m) shares(scores[m], m);
    add_values(scores, values);
  }

  // visit(query, k, sum of values by their shares, of column k + 1), k even.
  template <class Visit>
  SERENE_DEVICE void each_pair(Visit visit) {
    SERENE_UNROLL
    for (int m = 0; m < kSixteens; ++m) {
      SERENE_UNROLL
      for (int down = 0; down < 2; ++down) {
        float total = total_[m][2 * down];
        if constexpr (kPrecision == Precision::tf32) {
          total += __shfl_xor_sync(0xFFFFFFFFu, total, 1);
          total += __shfl_xor_sync(0xFFFFFFFFu, total, 2);
        }
        const float share = 1 / total;
        SERENE_UNROLL
        for (int tile = 0; tile < kD / 8; ++tile) {
          const float(&sums)[4] = output_[m][tile];
          visit(16 * m + lane() / 4 + 8 * down, 8 * tile + lane() % 4 * 2, sums[2 * down] * share,
                sums[2 * down + 1] * share);
        }
      }
    }
  }

 private:
  static constexpr int kSteps = kD / Fragment::kStep;

  SERENE_DEVICE static int lane() { return static_cast<int>(threadIdx.x) % 32; }
  // The row of eight that is loaded as row i: 0, 4, 1, 5, 2, 6, 3, 7.
  SERENE_DEVICE static int row_of(int i) { return i / 2 + i % 2 * 4; }

  // 16 rows of K as two tiles of the right operand.
  SERENE_DEVICE static void load_right(uint32_t (&right)[kSteps][2][2], const Operand* rows) {
    constexpr int kSixteenBytes = 16 / static_cast<int>(sizeof(Operand));
    const int matrix = lane() / 8;
    rows += (matrix / 2 * 8 + row_of(lane() % 8)) * kLd + matrix % 2 * kSixteenBytes;
    SERENE_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      uint32_t four[4];
      gpu::ldmatrix_x4(four, rows + step * Fragment::kStep);
      right[step][0][0] = four[0], right[step][0][1] = four[1];
      right[step][1][0] = four[2], right[step][1][1] = four[3];
    }
  }

  SERENE_DEVICE static void multiply_distances(float (&tiles)[2][4], const uint32_t (&query)[kSteps][4],
                                               const uint32_t (&right)[kSteps][2][2]) {
    SERENE_UNROLL
    for (int tile = 0; tile < 2; ++tile) {
      tiles[tile][0] = tiles[tile][1] = tiles[tile][2] = tiles[tile][3] = 0;
      SERENE_UNROLL
      for (int step = 0; step < kSteps; ++step)
        Fragment::multiply(tiles[tile], query[step], right[step][tile]);
    }
  }

  // The 16 columns of Q E^T that the next keys need as well: of row g the last eight, it begins eight after
  // row g + 8.
  SERENE_DEVICE void keep(int m, const float (&tiles)[2][4]) {
    upper_[m][0] = tiles[1][0], upper_[m][1] = tiles[1][1];
    lower_[m][0] = tiles[0][2], lower_[m][1] = tiles[0][3];
    lower_[m][2] = tiles[1][2], lower_[m][3] = tiles[1][3];
  }

  // Columns 15 - i + [0, 16) of query i, from what was kept and the 16 columns that follow.
  SERENE_DEVICE void skew(float (&first)[4], float (&second)[4], int m, const float (&tiles)[2][4]) const {
    const float upper[6] = {upper_[m][0], upper_[m][1], tiles[0][0], tiles[0][1], tiles[1][0], tiles[1][1]};
    const float lower[6] = {lower_[m][0], lower_[m][1], lower_[m][2], lower_[m][3], tiles[0][2], tiles[0][3]};
    float skewed[4];
    rotate(skewed, upper);
    first[0] = skewed[0], first[1] = skewed[1], second[0] = skewed[2], second[1] = skewed[3];
    rotate(skewed, lower);
    first[2] = skewed[0], first[3] = skewed[1], second[2] = skewed[2], second[3] = skewed[3];
  }

  // Columns 7 - g + [0, 16) out of 24, in fours of which a lane has one each.
  SERENE_DEVICE static void rotate(float (&skewed)[4], const float (&fours)[6]) {
    const int g = lane() / 4, t = lane() % 4, apart = (7 - g) % 4;
    const bool next = g < 4, wraps = t < apart;
    const int from = lane() / 4 * 4 + (t + apart) % 4;
    float begun[5];
    SERENE_UNROLL
    for (int i = 0; i < 5; ++i) begun[i] = next ? fours[i + 1] : fours[i];
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) skewed[i] = __shfl_sync(0xFFFFFFFFu, wraps ? begun[i + 1] : begun[i], from);
  }

  // Scores become shares of a softmax that is not yet divided. A lane's total is that of its own keys.
  //
  // largest_ is no more than 2^kSlack below the largest score so far: only when a row of the warp leaves it
  // that far behind is it raised, and what was summed up shrinks. Shares are floats, or bf16 with a float's
  // range, of the same relative rounding whatever their size.
  SERENE_DEVICE void shares(float (&scores)[4][4], int m) {
    constexpr float kSlack = 8;
    float above[2];
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      above[down] = scores[0][2 * down];
      SERENE_UNROLL
      for (int i = 1; i < 8; ++i) above[down] = max(above[down], scores[i / 2][2 * down + i % 2]);
    }
    const bool beyond = above[0] > largest_[m][0] + kSlack || above[1] > largest_[m][1] + kSlack;
    if (__any_sync(0xFFFFFFFFu, beyond)) {
      SERENE_UNROLL
      for (int down = 0; down < 2; ++down) {
        above[down] = max(above[down], __shfl_xor_sync(0xFFFFFFFFu, above[down], 1));
        above[down] = max(above[down], __shfl_xor_sync(0xFFFFFFFFu, above[down], 2));
        above[down] = max(above[down], largest_[m][down]);
        const float shrink = gpu::exp2_approx(largest_[m][down] - above[down]);
        largest_[m][down] = above[down];
        total_[m][2 * down] *= shrink;
        SERENE_UNROLL
        for (int i = 0; i < kD / 4; ++i) output_[m][i / 2][2 * down + i % 2] *= shrink;
      }
    }
    SERENE_UNROLL
    for (int down = 0; down < 2; ++down) {
      SERENE_UNROLL
      for (int i = 0; i < 8; ++i) {
        float& score = scores[i / 2][2 * down + i % 2];
        score = gpu::exp2_approx(score - largest_[m][down]);
        if constexpr (kPrecision == Precision::tf32) total_[m][2 * down] += score;
      }
    }
  }

  SERENE_DEVICE void add_values(const float (&shares)[kSixteens][4][4], const Operand* values) {
    if constexpr (kPrecision == Precision::bf16) {
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        uint32_t left[kSixteens][4];
        SERENE_UNROLL
        for (int i = 0; i < 4 * kSixteens; ++i) {
          const float(&tile)[4] = shares[i / 4][2 * half + i % 4 / 2];
          left[i / 4][i % 4] = gpu::pack_bf16(tile[i % 2 * 2], tile[i % 2 * 2 + 1]);
        }
        const uint32_t ones[2] = {0x3F803F80, 0x3F803F80};
        SERENE_UNROLL
        for (int m = 0; m < kSixteens; ++m) Fragment::multiply(total_[m], left[m], ones);
        const int matrix = lane() / 8;
        const Operand* row =
            values + (16 * half + matrix % 2 * 8 + row_of(lane() % 8)) * kValueLd + matrix / 2 * 8;
        SERENE_UNROLL
        for (int tile = 0; tile < kD / 8; tile += 2) {
          uint32_t right[2][2], four[4];
          gpu::ldmatrix_x4_trans(four, row + 8 * tile);
          right[0][0] = four[0], right[0][1] = four[1], right[1][0] = four[2], right[1][1] = four[3];
          SERENE_UNROLL
          for (int i = 0; i < 2 * kSixteens; ++i)
            Fragment::multiply(output_[i / 2][tile + i % 2], left[i / 2], right[i % 2]);
        }
      }
    } else {
      SERENE_UNROLL
      for (int eight = 0; eight < 4; ++eight) {
        uint32_t left[kSixteens][4];
        // To nearest, half a unit up: what cvt does after it has asked for NaN, which makes the total NaN
        // anyhow. mma ignores the rest.
        SERENE_UNROLL
        for (int i = 0; i < 4 * kSixteens; ++i)
          left[i / 4][i % 4] = __float_as_uint(shares[i / 4][eight][i % 4 / 2 + i % 2 * 2]) + 0x1000u;
        const Operand* row = values + (8 * eight + lane() % 4) * kValueLd + lane() / 4;
        SERENE_UNROLL
        for (int tile = 0; tile < kD / 8; ++tile) {
          const uint32_t right[2] = {__float_as_uint(row[8 * tile]),
                                     __float_as_uint(row[4 * kValueLd + 8 * tile])};
          SERENE_UNROLL
          for (int m = 0; m < kSixteens; ++m) Fragment::multiply(output_[m][tile], left[m], right);
        }
      }
    }
  }

  uint32_t query_[kSixteens][kSteps][4];
  uint32_t band_[kSteps][2][2];  // the latest 16 rows of distances, which the second sixteen has yet to take
  float upper_[kSixteens][2], lower_[kSixteens][4];  // fours of Q E^T, of rows g and g + 8
  float output_[kSixteens][kD / 8][4];
  float largest_[kSixteens][2], total_[kSixteens][4];
};

}  // namespace serene
