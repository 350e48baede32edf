// Register-tiled product over taps. A tile is MR rows by NV vectors; accumulators stay in registers over all
// of K, B streams from L1/L2 in blocks of 16 columns, A is broadcast element by element. Wide tiles (4 x 16
// columns by 6 rows on AVX-512: 24 accumulators) need 10 loads for 24 FMAs, so the FMA units are the limit.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

constexpr int64_t kBlock = 16;  // columns of a block of B, see PackedMatrix
constexpr int kBlockVecs = kBlock / kLanes;

template <int MR, int NV>
SERENE_INLINE void tile(const Gemm& g, int64_t row, int64_t column) {
  VecReg acc[MR][NV];
#pragma GCC unroll 32
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) acc[r][v] = VecReg{};
  }
  const int64_t block_stride = g.tap_count * g.tap_k * kBlock;
  const float* b = g.b + column / kBlock * block_stride;
  const int64_t lda = g.lda;
  for (int64_t t = 0; t < g.tap_count; ++t) {
    const float* a = g.a + row * lda + g.taps[t];
    for (int64_t k = 0; k < g.tap_k; ++k, b += kBlock) {
      VecReg bv[NV];
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) bv[v] = load(b + v / kBlockVecs * block_stride + v % kBlockVecs * kLanes);
#pragma GCC unroll 32
      for (int r = 0; r < MR; ++r) {
        const VecReg av = set1(a[r * lda + k]);
#pragma GCC unroll 8
        for (int v = 0; v < NV; ++v) acc[r][v] = fma(av, bv[v], acc[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const int64_t n = column + v * kLanes;
    const int64_t left = g.n - n < kLanes ? g.n - n : kLanes;
    if (left <= 0) break;
    const bool whole = left == kLanes;
    const VecReg bias = g.bias == nullptr ? VecReg{} : whole ? load(g.bias + n) : load_part(g.bias + n, left);
#pragma GCC unroll 32
    for (int r = 0; r < MR; ++r) {
      VecReg x = acc[r][v] + bias;
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
      float* c = g.c + (row + r) * g.ldc + n;
      if (whole) {
        store(c, x);
      } else {
        store_part(c, x, left);
      }
    }
  }
}

// All rows of one stripe of columns; MR halves until the rows are used up.
template <int MR, int NV>
SERENE_INLINE void stripe(const Gemm& g, int64_t row, int64_t column) {
  for (; row + MR <= g.m; row += MR) tile<MR, NV>(g, row, column);
  if constexpr (MR > 1) {
    if (row < g.m) stripe<MR / 2, NV>(g, row, column);
  }
}

template <int MR, int NV>
__attribute__((noinline)) void columns(const Gemm& g, int64_t column) {
  stripe<MR, NV>(g, 0, column);
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
