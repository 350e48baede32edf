// Register-tiled product over taps. A tile is MR rows by NV vectors; accumulators stay in registers over all
// of K, B streams from L1/L2 in blocks of 16 columns, A is broadcast element by element. Wide tiles (4 x 16
// columns by 6 rows on AVX-512: 24 accumulators) need 10 loads for 24 FMAs, so the FMA units are the limit.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

constexpr int64_t kBlock = 16;  // columns of a block of B, see PackedMatrix
constexpr int kBlockVecs = kBlock / kLanes;
constexpr int64_t kStripeFloats = 96 * 1024;  // of B: 384 KB

// Some of the taps: sums of earlier ones are in C, and go back there as they are unless these are the last.
struct Taps {
  int64_t first, last, count;
};

template <int MR, int NV>
SERENE_INLINE void tile(const Gemm& g, const Taps& taps, int64_t row, int64_t column) {
  const float* a[MR];
  float* c[MR];
#pragma GCC unroll 32
  for (int r = 0; r < MR; ++r) {
    int64_t i = row + r;
    a[r] = g.a;
    c[r] = g.c + column;
    if (g.group != 0) {
      a[r] += i / g.group * g.a_group;
      c[r] += i / g.group * g.c_group;
      i %= g.group;
    }
    a[r] += i * g.lda;
    c[r] += i * g.ldc;
  }
  VecReg acc[MR][NV];
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const int64_t left = g.n - column - v * kLanes;
#pragma GCC unroll 32
    for (int r = 0; r < MR; ++r) {
      acc[r][v] = VecReg{};
      if (taps.first > 0 && left >= kLanes) acc[r][v] = load(c[r] + v * kLanes);
      if (taps.first > 0 && left > 0 && left < kLanes) acc[r][v] = load_part(c[r] + v * kLanes, left);
    }
  }
  const int64_t block_stride = g.tap_count * g.tap_k * kBlock;
  const float* b = g.b + column / kBlock * block_stride + taps.first * g.tap_k * kBlock;
  for (int64_t t = taps.first; t < taps.last; ++t) {
    const int64_t tap = g.taps[t];
    for (int64_t k = tap; k < tap + g.tap_k; ++k, b += kBlock) {
      VecReg bv[NV];
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) bv[v] = load(b + v / kBlockVecs * block_stride + v % kBlockVecs * kLanes);
#pragma GCC unroll 32
      for (int r = 0; r < MR; ++r) {
        const VecReg av = set1(a[r][k]);
#pragma GCC unroll 8
        for (int v = 0; v < NV; ++v) acc[r][v] = fma(av, bv[v], acc[r][v]);
      }
    }
  }
  const bool complete = taps.last == taps.count;
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const int64_t n = column + v * kLanes;
    const int64_t left = g.n - n < kLanes ? g.n - n : kLanes;
    if (left <= 0) break;
    const bool whole = left == kLanes;
    const VecReg bias = g.bias == nullptr ? VecReg{} : whole ? load(g.bias + n) : load_part(g.bias + n, left);
#pragma GCC unroll 32
    for (int r = 0; r < MR; ++r) {
      VecReg x = acc[r][v];
      if (complete) {
        x = x + bias;
        if (g.activation == Activation::relu) {
          x = max(x, VecReg{});
        } else if (g.activation == Activation::silu) {
          x = silu(x);
        }
        x = x * g.scale;
        if (g.residual != nullptr) {
          const float* residual = g.residual + (row + r) * g.ldr + n;
          x = x + (whole ? load(residual) : load_part(residual, left));
        }
        if (g.final_relu) x = max(x, VecReg{});
      }
      if (whole) {
        store(c[r] + v * kLanes, x);
      } else {
        store_part(c[r] + v * kLanes, x, left);
      }
    }
  }
}

// All rows of one stripe of columns; MR halves until the rows are used up.
template <int MR, int NV>
SERENE_INLINE void stripe(const Gemm& g, const Taps& taps, int64_t row, int64_t column) {
  for (; row + MR <= g.m; row += MR) tile<MR, NV>(g, taps, row, column);
  if constexpr (MR > 1) {
    if (row < g.m) stripe<MR / 2, NV>(g, taps, row, column);
  }
}

template <int MR, int NV>
__attribute__((noinline)) void columns(const Gemm& g, int64_t column) {
  // As many taps at a time as leave a stripe of B in L2, where rows come by for it again and again.
  int64_t at_a_time = g.tap_count;
  if (g.residual == nullptr && g.m > MR) {
    at_a_time = kStripeFloats / (NV * kLanes * g.tap_k);
    if (at_a_time < 1) at_a_time = 1;
  }
  for (int64_t t = 0; t < g.tap_count; t += at_a_time) {
    const int64_t end = t + at_a_time < g.tap_count ? t + at_a_time : g.tap_count;
    stripe<MR, NV>(g, {t, end, g.tap_count}, 0, column);
  }
}

}  // namespace

void gemm(const Gemm& g) {
#if defined(__AVX512F__)
  int64_t column = 0;
  for (; g.n - column > 48; column += 64) columns<6, 4>(g, column);
  if (g.n - column > 32) {
    columns<8, 3>(g, column);
  } else if (g.n - column > 16) {
    columns<12, 2>(g, column);
  } else if (g.n - column > 0) {
    columns<12, 1>(g, column);
  }
#elif defined(__AVX2__)
  for (int64_t column = 0; column < g.n; column += kBlock) columns<6, 2>(g, column);
#else
  for (int64_t column = 0; column < g.n; column += kBlock) columns<3, 4>(g, column);
#endif
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
