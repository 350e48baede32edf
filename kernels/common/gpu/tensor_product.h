// The matrix product of a block in bf16: kRows rows of floats, wherever they lie, by a PackedMatrix's pairs;
// 256 threads, a warp having half of the rows and a quarter of the columns, or of 64 columns a quarter and
// half.
//
// K goes in steps of 32 at most, in any order. Rows come through registers, where they are rounded, a step
// ahead; weights by cp.async, two ahead; one barrier a step. Rows of left operands are 80 bytes apart and
// pairs of right ones 8 banks, so that no fragment meets a bank twice. Of 16 columns a lane reads two
// neighbours at a time as two fragments' operands, so that it ends with four neighbouring sums. With 128 x
// 128 a tile takes 16 KB of rows and 8 KB of weights from L2 for a MFLOP, and a warp eight accesses of shared
// memory for 16 products of 16 x 8 x 16. 47 KB of shared memory; 64 sums a thread. Each sum is added up in
// the order of K: its bits do not depend on the tile.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/gpu/bf16.h"
#include "kernels/common/gpu/fours.h"
#include "kernels/common/gpu/gelu.h"
#include "kernels/common/gpu/ldmatrix.h"
#include "kernels/common/gpu/mma.h"
#include "kernels/common/gpu/weight_tiles.h"
#include "kernels/common/gpu/whole_lines.h"

namespace serene::gpu {

inline constexpr int kTensorStep = 32;  // of K
inline constexpr int kTensorStages = 3;
inline constexpr int kTensorLeftLd = kTensorStep + 8;  // bf16 between rows

template <int kRows, int kColumns>
struct TensorTiles {
  static constexpr int kRightLd = kColumns + 8;  // words between rows of pairs
  Bf16 left[2][kRows * kTensorLeftLd];
  uint32_t right[kTensorStages][kTensorStep / 2 * kRightLd];
};

// Where rows of the left operand overlap what there is: values before `begin` and from `end` on are zero.
struct TensorBounds {
  const float *begin, *end;
  SERENE_DEVICE bool holds(const float* at) const { return at >= begin && at < end; }
};
struct NoTensorBounds {
  SERENE_DEVICE bool holds(const float*) const { return true; }
};

// Steps of K as they come: of each where its values lie from a row's first on, in elements, where in K, and
// how many there are, a multiple of four and at most kTensorStep.
class TensorSteps {
 public:
  SERENE_DEVICE explicit TensorSteps(int k) : left_(k) {}
  SERENE_DEVICE int64_t offset() const { return k_; }
  SERENE_DEVICE int k() const { return k_; }
  SERENE_DEVICE int left() const { return left_; }
  SERENE_DEVICE void next() {
    k_ += kTensorStep;
    left_ -= kTensorStep;
  }
  SERENE_HOST_DEVICE static constexpr int count(int k) { return (k + kTensorStep - 1) / kTensorStep; }

 private:
  int k_ = 0, left_;
};

// What becomes of a sum. Null pointers for none.
struct TensorOutput {
  const float *bias, *residual;
  Activation activation;
  int64_t residual_stride, y_stride;
  float* y;
  int n;
  bool in_fours;  // n is a multiple of four, and all three allow 16 bytes at a time
};

template <int kRows, int kColumns>
class TensorProduct {
  static constexpr int kWarpsDown = kColumns >= 128 || kRows < 128 ? 2 : 4, kWarpsAcross = 8 / kWarpsDown;
  static constexpr int kAcross = kColumns / kWarpsAcross / 8;  // fragments of a warp, 8 columns each
  static constexpr int kQuads =
      kRows * kTensorStep / 4 / kTileThreads;  // float4 of rows that a thread brings
  static constexpr int kCopies = kColumns * kTensorStep / 2 / 4 / kTileThreads;
  using Tiles = TensorTiles<kRows, kColumns>;

 public:
  static constexpr int kDown = kRows / kWarpsDown / 16;  // fragments of a warp, 16 rows each

  // Rows times columns [column, column + kColumns) of the weights, which have pairs. row_at(0) to
  // row_at(kRows - 1) are where each row begins, aligned to 16 bytes, or null for a row of zeros; offsets and
  // bounds are multiples of four. `count` steps, of which `first` is the first.
  template <class RowAt, class Steps, class Bounds = NoTensorBounds>
  SERENE_DEVICE void multiply(Tiles& tiles, const Weights& weights, int column, RowAt row_at, Steps first,
                              int count, Bounds bounds = {}) {
    const int thread = static_cast<int>(threadIdx.x), lane = thread % 32;
    // Eight threads bring a row's 32 values.
    const int quad = thread % 8 * 4, row = thread / 8;
    const float* from[kQuads];
    SERENE_UNROLL
    for (int i = 0; i < kQuads; ++i) from[i] = row_at(row + 32 * i);
    float4 rows[kQuads];
    Steps of_rows = first, of_weights = first;
    const auto fetch = [&] {
      const int64_t at = of_rows.offset() + quad;
      const bool inside = quad < of_rows.left();
      SERENE_UNROLL
      for (int i = 0; i < kQuads; ++i) {
        rows[i] = from[i] != nullptr && inside && bounds.holds(from[i] + at)
                      ? *reinterpret_cast<const float4*>(from[i] + at)
                      : make_float4(0, 0, 0, 0);
      }
      of_rows.next();
    };
    const auto put = [&](int turn) {
      SERENE_UNROLL
      for (int i = 0; i < kQuads; ++i) {
        *reinterpret_cast<uint2*>(tiles.left[turn] + (row + 32 * i) * kTensorLeftLd + quad) =
            pack_bf16(rows[i]);
      }
    };
    const auto stage_step = [&](int step) {
      if (step < count) {
        stage(tiles.right[step % kTensorStages], weights, column, of_weights.k(), of_weights.left());
        of_weights.next();
      }
      cp_async_commit();
    };
    clear();
    fetch();
    stage_step(0);
    stage_step(1);
    put(0);
    for (int step = 0; step < count; ++step) {
      if (step + 1 < count) fetch();
      cp_async_wait<1>();
      __syncthreads();
      stage_step(step + 2);
      const Bf16* const left = tiles.left[step % 2] + (down() + lane % 16) * kTensorLeftLd + lane / 16 * 8;
      const Bf16* rows_of[kDown];
      SERENE_UNROLL
      for (int i = 0; i < kDown; ++i) rows_of[i] = left + 16 * i * kTensorLeftLd;
      add(rows_of, tiles.right[step % kTensorStages]);
      // The other buffer was read a step ago, before the barrier.
      if (step + 1 < count) put((step + 1) % 2);
    }
  }

  // Begins to copy a step's pairs, rows [k, k + left) of K and columns [column, column + kColumns), zeros
  // beyond.
  SERENE_DEVICE static void stage(uint32_t* to, const Weights& weights, int column, int k, int left) {
    const int panels = (weights.n + 15) / 16, pairs = weights.k / 2;
    SERENE_UNROLL
    for (int i = 0; i < kCopies; ++i) {
      const int at = static_cast<int>(threadIdx.x) + kTileThreads * i;
      const int c = at % (kColumns / 4) * 4, pair = at / (kColumns / 4), panel = (column + c) / 16;
      const bool there = panel < panels && 2 * pair < left;
      cp_async<16>(to + pair * Tiles::kRightLd + c,
                   there ? weights.pairs + (static_cast<int64_t>(panel) * pairs + k / 2 + pair) * 16 + c % 16
                         : weights.pairs,
                   there ? 16 : 0);
    }
  }

  SERENE_DEVICE void clear() {
    SERENE_UNROLL
    for (int i = 0; i < kDown; ++i) {
      SERENE_UNROLL
      for (int j = 0; j < kAcross; ++j) {
        SERENE_UNROLL
        for (int k = 0; k < 4; ++k) sums_[i][j][k] = 0;
      }
    }
  }

  // += a step's product: left[i] is this lane's row of 16 rows, for ldmatrix; right (16, kRightLd) pairs.
  SERENE_DEVICE void add(const Bf16* const (&left)[kDown], const uint32_t* right) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    right += lane % 4 * Tiles::kRightLd + across() + lane / 4 * 2;
    SERENE_UNROLL
    for (int half = 0; half < 2; ++half) {
      uint32_t b[kAcross][2];
      SERENE_UNROLL
      for (int j = 0; j < kAcross; j += 2) {
        const uint2 low = *reinterpret_cast<const uint2*>(right + 8 * half * Tiles::kRightLd + 8 * j);
        const uint2 high = *reinterpret_cast<const uint2*>(right + (8 * half + 4) * Tiles::kRightLd + 8 * j);
        b[j][0] = low.x, b[j + 1][0] = low.y;
        b[j][1] = high.x, b[j + 1][1] = high.y;
      }
      SERENE_UNROLL
      for (int i = 0; i < kDown; ++i) {
        uint32_t a[4];
        ldmatrix_x4(a, left[i] + 16 * half);
        SERENE_UNROLL
        for (int j = 0; j < kAcross; ++j) mma_m16n8k16_bf16(sums_[i][j], a, b[j], sums_[i][j]);
      }
    }
  }

  // before(row, column) and then visit(row, column, sums, what before gave) for each four neighbours of this
  // thread, of some rows at a time: what is read before is read before the visits write. A store of a warp
  // has whole lines of 128 bytes where it has 32 columns. All lanes together.
  template <class Before, class Visit>
  SERENE_DEVICE void each_four(Before before, Visit visit) const {
    const int lane = static_cast<int>(threadIdx.x) % 32, g = lane / 4, t = lane % 4, odd = g % 2;
    SERENE_UNROLL
    for (int i = 0; i < kDown; ++i) {
      float4 fours[2][kAcross / 2], with[2][kAcross / 2];
      int rows[2][kAcross / 2], columns[kAcross / 2];
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        SERENE_UNROLL
        for (int j = 0; j < kAcross; j += 2) {
          const float(&even)[4] = sums_[i][j], (&next)[4] = sums_[i][j + 1];
          fours[half][j / 2] =
              make_float4(even[2 * half], next[2 * half], even[2 * half + 1], next[2 * half + 1]);
          rows[half][j / 2] = down() + 16 * i + 8 * half + g;
          columns[j / 2] = across() + 8 * j + 4 * t;
        }
        if constexpr (kAcross == 4) {
          const float4 taken = trade_half(fours[half][0], fours[half][1]);
          if (odd) {
            fours[half][0] = taken;
          } else {
            fours[half][1] = taken;
          }
          rows[half][0] -= odd;
          rows[half][1] += 1 - odd;
          columns[0] = columns[1] = across() + 16 * odd + 4 * t;
        }
      }
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        SERENE_UNROLL
        for (int j = 0; j < kAcross / 2; ++j) with[half][j] = before(rows[half][j], columns[j]);
      }
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        SERENE_UNROLL
        for (int j = 0; j < kAcross / 2; ++j) visit(rows[half][j], columns[j], fours[half][j], with[half][j]);
      }
    }
  }

  // Rows [0, there) of the tile to output.y + row * y_stride, from `column` on.
  SERENE_DEVICE void store(const TensorOutput& output, int64_t there, int column) const {
    each_four(
        [&](int row, int c) {
          return row < there && output.residual != nullptr
                     ? four_at(output.residual + row * output.residual_stride, column + c, output.n,
                               output.in_fours)
                     : make_float4(0, 0, 0, 0);
        },
        [&](int row, int c, float4 sum, float4 more) {
          if (row >= there) return;
          const float4 bias = output.bias == nullptr
                                  ? make_float4(0, 0, 0, 0)
                                  : four_at(output.bias, column + c, output.n, output.in_fours);
          sum = make_float4(sum.x + bias.x, sum.y + bias.y, sum.z + bias.z, sum.w + bias.w);
          if (output.activation == Activation::gelu)
            sum = make_float4(gelu(sum.x), gelu(sum.y), gelu(sum.z), gelu(sum.w));
          if (output.activation == Activation::relu)
            sum = make_float4(fmaxf(sum.x, 0.0f), fmaxf(sum.y, 0.0f), fmaxf(sum.z, 0.0f), fmaxf(sum.w, 0.0f));
          sum = make_float4(sum.x + more.x, sum.y + more.y, sum.z + more.z, sum.w + more.w);
          put_four(output.y + row * output.y_stride, column + c, output.n, output.in_fours, sum);
        });
  }

  // Where this warp's part of the tile begins.
  SERENE_DEVICE static int down() {
    return static_cast<int>(threadIdx.x) / (32 * kWarpsAcross) * (kRows / kWarpsDown);
  }

 private:
  SERENE_DEVICE static int across() {
    return static_cast<int>(threadIdx.x) / 32 % kWarpsAcross * (kColumns / kWarpsAcross);
  }

  float sums_[kDown][kAcross][4];
};

}  // namespace serene::gpu
