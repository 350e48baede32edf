// The matrix product of a block: (kRows, K) by (K, 64), both in shared memory, 256 threads.
//
// fp32 runs on the CUDA cores, a thread having kRows / 16 rows of 4 columns: for 4 steps of K it reads
// kRows / 16 + 4 float4 for kRows FMA. tf32 and bf16 run on the tensor cores, 4 warps down and 2 across, and
// round the fp32 operands as they load fragments; for bf16 the left one may be rounded already, a quarter of
// the loads. Each element is added up in the order of K, so that its bits depend on its own row and column
// alone.
#pragma once

#include "kernels/common/gpu/bf16.h"
#include "kernels/common/gpu/ldmatrix.h"
#include "kernels/common/gpu/math.h"
#include "kernels/common/gpu/mma.h"
#include "kernels/common/precision.h"

namespace serene::gpu {

inline constexpr int kTileThreads = 256;
inline constexpr int kTileColumns = 64;
// Floats between rows of K of the right operand: 8 banks on, so that fragments of tf32 meet no bank twice.
inline constexpr int kTileLdb = kTileColumns + 8;

template <Precision kPrecision, int kRows>
class TileProduct {
  static_assert(kRows % 64 == 0);

 public:
  // K goes in steps of this; what lies between K and the next step must be zero on both sides.
  static constexpr int kStep = kPrecision == Precision::fp32 ? 4 : kPrecision == Precision::tf32 ? 8 : 16;

  SERENE_DEVICE void clear() {
    SERENE_UNROLL
    for (int i = 0; i < kRows / 4; ++i) sum_[i] = 0;
  }

  // a: rows `lda` apart, lda % 32 of 4 or 20, or of Bf16 lda % 16 of 8; b: rows of K kTileLdb apart. Both
  // aligned to 16 bytes.
  template <class Left>
  SERENE_DEVICE void add(const Left* a, int lda, const float* b, int k) {
    if constexpr (kPrecision == Precision::fp32) {
      add_fp32(a, lda, b, k);
    } else {
      add_mma(a, lda, b, k);
    }
  }

  // visit(row, column, sum) for each element of this thread.
  template <class Visit>
  SERENE_DEVICE void each(Visit visit) const {
    each_with(*this, [&](int row, int column, float sum, float) { visit(row, column, sum); });
  }

  // visit(row, column, sum, sum of the next column) for each two neighbours of this thread, column even.
  template <class Visit>
  SERENE_DEVICE void each_pair(Visit visit) const {
    float low = 0;
    each([&](int row, int column, float sum) {
      if (column % 2 == 0) {
        low = sum;
      } else {
        visit(row, column - 1, low, sum);
      }
    });
  }

  // In fp32: visit(row, column, sums) for each four neighbours of this thread.
  template <class Visit>
  SERENE_DEVICE void each_four(Visit visit) const {
    static_assert(kPrecision == Precision::fp32);
    SERENE_UNROLL
    for (int i = 0; i < kRows / 4; i += 4)
      visit(row_of(i), column_of(i), make_float4(sum_[i], sum_[i + 1], sum_[i + 2], sum_[i + 3]));
  }

  // visit(row, column, sum, the other product's sum) for each element of this thread.
  template <class Visit>
  SERENE_DEVICE void each_with(const TileProduct& other, Visit visit) const {
    SERENE_UNROLL
    for (int i = 0; i < kRows / 4; ++i) visit(row_of(i), column_of(i), sum_[i], other.sum_[i]);
  }

  // Every sum times factor(row).
  template <class Factor>
  SERENE_DEVICE void scale_rows(Factor factor) {
    SERENE_UNROLL
    for (int i = 0; i < kRows / 4; ++i) sum_[i] *= factor(row_of(i));
  }

 private:
  SERENE_DEVICE static int first_row() { return static_cast<int>(threadIdx.x) / 64 * (kRows / 4); }
  SERENE_DEVICE static int first_column() { return static_cast<int>(threadIdx.x) / 32 % 2 * 32; }

  // Where sum i of this thread belongs.
  SERENE_DEVICE static int row_of(int i) {
    const int thread = static_cast<int>(threadIdx.x);
    if constexpr (kPrecision == Precision::fp32) return thread / 16 + i / 4 * 16;
    return first_row() + i / 16 * 16 + thread % 32 / 4 + i % 4 / 2 * 8;
  }
  SERENE_DEVICE static int column_of(int i) {
    const int thread = static_cast<int>(threadIdx.x);
    if constexpr (kPrecision == Precision::fp32) return 4 * (thread % 16) + i % 4;
    return first_column() + i % 16 / 4 * 8 + thread % 4 * 2 + i % 2;
  }

  SERENE_DEVICE void add_fp32(const float* a, int lda, const float* b, int k) {
    a += static_cast<int>(threadIdx.x) / 16 * lda;
    b += 4 * (static_cast<int>(threadIdx.x) % 16);
    for (int k0 = 0; k0 < k; k0 += 4) {
      float columns[4][4];
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        const float4 four = *reinterpret_cast<const float4*>(b + (k0 + i) * kTileLdb);
        columns[i][0] = four.x, columns[i][1] = four.y, columns[i][2] = four.z, columns[i][3] = four.w;
      }
      SERENE_UNROLL
      for (int row = 0; row < kRows / 16; ++row) {
        const float4 four = *reinterpret_cast<const float4*>(a + 16 * row * lda + k0);
        const float values[4] = {four.x, four.y, four.z, four.w};
        SERENE_UNROLL
        for (int i = 0; i < 4; ++i) {
          SERENE_UNROLL
          for (int j = 0; j < 4; ++j) {
            sum_[4 * row + j] = __fmaf_rn(values[i], columns[i][j], sum_[4 * row + j]);
          }
        }
      }
    }
  }

  // Rows [0, 16) of a fragment, from this lane's place in them.
  SERENE_DEVICE static void load_left(uint32_t (&left)[4], const Bf16* row, int) { ldmatrix_x4(left, row); }
  SERENE_DEVICE static void load_left(uint32_t (&left)[4], const float* row, int lda) {
    const int t = static_cast<int>(threadIdx.x) % 4;
    if constexpr (kPrecision == Precision::tf32) {
      left[0] = round_tf32(row[t]);
      left[1] = round_tf32(row[8 * lda + t]);
      left[2] = round_tf32(row[t + 4]);
      left[3] = round_tf32(row[8 * lda + t + 4]);
    } else {
      left[0] = pack_bf16(row[2 * t], row[2 * t + 1]);
      left[1] = pack_bf16(row[8 * lda + 2 * t], row[8 * lda + 2 * t + 1]);
      left[2] = pack_bf16(row[2 * t + 8], row[2 * t + 9]);
      left[3] = pack_bf16(row[8 * lda + 2 * t + 8], row[8 * lda + 2 * t + 9]);
    }
  }
  SERENE_DEVICE static int left_place(const Bf16*, int lda) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    return lane % 16 * lda + lane / 16 * 8;
  }
  SERENE_DEVICE static int left_place(const float*, int lda) {
    return static_cast<int>(threadIdx.x) % 32 / 4 * lda;
  }

  template <class Left>
  SERENE_DEVICE void add_mma(const Left* a, int lda, const float* b, int k) {
    static_assert(kPrecision == Precision::bf16 || sizeof(Left) == sizeof(float));
    const int g = static_cast<int>(threadIdx.x) % 32 / 4, t = static_cast<int>(threadIdx.x) % 4;
    a += first_row() * lda + left_place(a, lda);
    b += first_column() + g;
    for (int k0 = 0; k0 < k; k0 += kStep) {
      uint32_t right[4][2];
      SERENE_UNROLL
      for (int tile = 0; tile < 4; ++tile) {
        const float* column = b + k0 * kTileLdb + 8 * tile;
        if constexpr (kPrecision == Precision::tf32) {
          right[tile][0] = round_tf32(column[t * kTileLdb]);
          right[tile][1] = round_tf32(column[(t + 4) * kTileLdb]);
        } else {
          right[tile][0] = pack_bf16(column[2 * t * kTileLdb], column[(2 * t + 1) * kTileLdb]);
          right[tile][1] = pack_bf16(column[(2 * t + 8) * kTileLdb], column[(2 * t + 9) * kTileLdb]);
        }
      }
      SERENE_UNROLL
      for (int down = 0; down < kRows / 64; ++down) {
        uint32_t left[4];
        load_left(left, a + 16 * down * lda + k0, lda);
        SERENE_UNROLL
        for (int tile = 0; tile < 4; ++tile) {
          float(&sum)[4] = *reinterpret_cast<float(*)[4]>(sum_ + (down * 4 + tile) * 4);
          if constexpr (kPrecision == Precision::tf32) {
            mma_m16n8k8_tf32(sum, left, right[tile], sum);
          } else {
            mma_m16n8k16_bf16(sum, left, right[tile], sum);
          }
        }
      }
    }
  }

  float sum_[kRows / 4];
};

}  // namespace serene::gpu
