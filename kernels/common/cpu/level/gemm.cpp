// Register-tiled product over taps. A tile is MR rows by NV vectors; accumulators stay in registers over all
// of K, B streams from L1/L2 in blocks of 16 columns, A is broadcast element by element. Wide tiles (4 x 16
// columns by 6 rows on AVX-512: 24 accumulators) need 10 loads for 24 FMAs, so the FMA units are the limit.
// In bf16 B comes in pairs, and a tile's rows of A are made pairs a piece at a time, in between.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

constexpr int64_t kBlock = 16;  // columns of a block of B, see PackedMatrix
constexpr int kBlockVecs = kBlock / kLanes;
constexpr int64_t kStripeWords = 96 * 1024;  // of B, floats or pairs: 384 KB
constexpr int64_t kPiece = 64;               // pairs of a row of A

// Some of K: words [begin, end) of each of the taps [first, last). Between two parts the sums lie in C or in
// Gemm::partial.
struct Part {
  int64_t first, last;
  int64_t begin, end;
  bool starts, ends;  // K
};

// acc += A B over `words` of K, floats or pairs, from a[r][at] and from b. A line of 64 bytes from `ahead` on
// is fetched for each.
template <int MR, int NV, class Word>
SERENE_INLINE void multiply_add_tile(const Word* const (&a)[MR], int64_t at, int64_t words, const Word* b,
                                     int64_t block_stride, const Word* ahead, VecReg (&acc)[MR][NV]) {
  for (int64_t k = at; k < at + words; ++k, b += kBlock, ahead += kBlock) {
    __builtin_prefetch(ahead, 0, 2);
    decltype(load(b)) bv[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) bv[v] = load(b + v / kBlockVecs * block_stride + v % kBlockVecs * kLanes);
#pragma GCC unroll 32
    for (int r = 0; r < MR; ++r) {
      const auto av = set1(a[r][k]);
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) acc[r][v] = multiply_add(av, bv[v], acc[r][v]);
    }
  }
}

// Of rows of A that follow these, what these have not read themselves: rows of a map often lie so far apart
// that the CPU does not fetch ahead on its own.
template <int MR>
SERENE_INLINE void fetch_next_rows(const Gemm& g, const Part& part, const float* const (&a)[MR]) {
  const int64_t first = g.tap_k > g.lda ? g.tap_k - g.lda : 0;
  for (int64_t t = part.first; t < part.last; ++t) {
    if (t + 1 < part.last && g.taps[t + 1] - g.taps[t] == g.lda)
      continue;  // the next tap's are almost the same
    for (int r = 0; r < MR; ++r) {
      const float* next = a[r] + MR * g.lda + g.taps[t];
      for (int64_t k = first; k < g.tap_k; k += 16) __builtin_prefetch(next + k);
    }
  }
}

template <bool kBf16>
SERENE_INLINE auto weights_of(const Gemm& g) {
  if constexpr (kBf16) {
    return g.b_pairs;
  } else {
    return g.b;
  }
}

// The part of B that the tile at `row` prefetches: each of a stripe's first tiles one block of columns, of
// the next part or, after the last part, of the next stripe. Other tiles, and those of the last part of the
// last stripe, get `b`, which is in the cache.
template <int MR, int NV, class Word>
SERENE_INLINE const Word* next_block(const Gemm& g, const Part& part, int64_t row, int64_t column,
                                     int64_t tap_words, const Word* all, const Word* b) {
  constexpr int64_t kBlocks = NV > kBlockVecs ? NV / kBlockVecs : 1;
  const int64_t block = row / MR, total = g.tap_count * tap_words;
  if (block >= kBlocks) return b;
  if (part.ends) column += NV * kLanes;
  if (column + block * kBlock >= g.n) return b;
  const int64_t word = part.ends ? 0 : (part.last - 1) * tap_words + part.end;
  return all + (column / kBlock + block) * total * kBlock + word * kBlock;
}

template <bool kBf16, int MR, int NV>
SERENE_INLINE void tile(const Gemm& g, const Part& part, int64_t row, int64_t column) {
  const float* a[MR];
  float *c[MR], *sums[MR];  // sums: of this part and those before it
#pragma GCC unroll 32
  for (int r = 0; r < MR; ++r) {
    int64_t i = row + r;
    a[r] = g.a;
    c[r] = g.c + (kBf16 && g.c_is_pairs ? column / 2 : column);
    if (g.group != 0) {
      a[r] += i / g.group * g.a_group;
      c[r] += i / g.group * g.c_group;
      i %= g.group;
    }
    a[r] += i * g.lda;
    c[r] += i * g.ldc;
    sums[r] = g.partial == nullptr ? c[r] : g.partial + (row + r) * kPartialColumns;
  }
  const int64_t left = g.n - column;
  const bool whole = left >= NV * kLanes;
  VecReg acc[MR][NV];
  // acc = value(acc, v, r), for each vector of the tile.
  const auto each = [&](auto value) __attribute__((always_inline)) {
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) {
#pragma GCC unroll 32
      for (int r = 0; r < MR; ++r) acc[r][v] = value(acc[r][v], v, r);
    }
  };
  const auto load_of = [&](const float* p, int v) __attribute__((always_inline)) {
    return whole ? load(p + v * kLanes) : load_part(p + v * kLanes, left - v * kLanes);
  };
  each([](VecReg, int, int) { return VecReg{}; });
  if (!part.starts) each([&](VecReg, int v, int r) { return load_of(sums[r], v); });

  if (column == 0 && row + MR < g.m) fetch_next_rows(g, part, a);
  const int64_t tap_words = kBf16 ? g.tap_k / 2 : g.tap_k;
  const int64_t block_stride = g.tap_count * tap_words * kBlock;
  const int64_t start = column / kBlock * block_stride;
  const int64_t count = part.end - part.begin;
  const auto* const all = weights_of<kBf16>(g);
  const auto* b = all + start + (part.first * tap_words + part.begin) * kBlock;
  const auto* ahead = next_block<MR, NV>(g, part, row, column, tap_words, all, b);
  for (int64_t t = part.first; t < part.last; ++t, b += tap_words * kBlock, ahead += count * kBlock) {
    if constexpr (kBf16) {
      uint32_t piece[MR][kPiece];
      const uint32_t* rows[MR];
#pragma GCC unroll 32
      for (int r = 0; r < MR; ++r)
        rows[r] = g.a_is_pairs ? reinterpret_cast<const uint32_t*>(a[r]) : piece[r];
      if (g.a_is_pairs) {
        multiply_add_tile(rows, g.taps[t] + part.begin, count, b, block_stride, ahead, acc);
        continue;
      }
      for (int64_t k = 0; k < count; k += kPiece) {
        const int64_t words = count - k < kPiece ? count - k : kPiece;
        for (int r = 0; r < MR; ++r) make_pairs(a[r] + g.taps[t] + 2 * (part.begin + k), words, piece[r]);
        multiply_add_tile(rows, 0, words, b + k * kBlock, block_stride, ahead + k * kBlock, acc);
      }
    } else {
      multiply_add_tile(a, g.taps[t] + part.begin, count, b, block_stride, ahead, acc);
    }
  }
  if (!part.ends) {
    each([&](VecReg x, int v, int r) {
      if (whole) {
        store(sums[r] + v * kLanes, x);
      } else {
        store_part(sums[r] + v * kLanes, x, left - v * kLanes);
      }
      return x;
    });
    return;
  }
  // A step at a time over the whole tile, so that what the product asks for is decided once a step.
  if (g.bias != nullptr) {
    VecReg bias[NV];
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) bias[v] = load_of(g.bias + column, v);
    each([&](VecReg x, int v, int) { return x + bias[v]; });
  }
  if (g.activation == Activation::relu) each([](VecReg x, int, int) { return max(x, VecReg{}); });
  if (g.activation == Activation::silu)
    each([](VecReg x, int, int) { return kBf16 ? silu_for_bf16(x) : silu(x); });
  if (g.activation == Activation::gelu) each([](VecReg x, int, int) { return gelu(x); });
  if (g.scale != 1.0f) each([&](VecReg x, int, int) { return x * g.scale; });
  if (g.residual != nullptr) {
    each([&](VecReg x, int v, int r) { return x + load_of(g.residual + (row + r) * g.ldr + column, v); });
  }
  if (g.final_relu) each([](VecReg x, int, int) { return max(x, VecReg{}); });
  if (kBf16 && g.c_is_pairs) {
#pragma GCC unroll 8
    for (int v = 0; v + 1 < NV; v += 2) {
#pragma GCC unroll 32
      for (int r = 0; r < MR; ++r) {
        store(reinterpret_cast<uint32_t*>(c[r]) + v / 2 * kLanes, neighbours(acc[r][v], acc[r][v + 1]));
      }
    }
  } else if (whole) {
    each([&](VecReg x, int v, int r) {
      store(c[r] + v * kLanes, x);
      return x;
    });
  } else {
    each([&](VecReg x, int v, int r) {
      store_part(c[r] + v * kLanes, x, left - v * kLanes);
      return x;
    });
  }
}

// All rows of one stripe of columns; MR halves, by way of two, until the rows are used up.
template <bool kBf16, int MR, int NV>
SERENE_INLINE void stripe(const Gemm& g, const Part& part, int64_t row, int64_t column) {
  for (; row + MR <= g.m; row += MR) tile<kBf16, MR, NV>(g, part, row, column);
  if constexpr (MR > 1) {
    if (row < g.m) stripe<kBf16, MR == 3 ? 2 : MR / 2, NV>(g, part, row, column);
  }
}

template <bool kBf16, int MR, int NV>
__attribute__((noinline)) void columns(const Gemm& g, int64_t column) {
  // As much of K at a time as leaves a stripe of B in L2, where rows come by for it again and again: some
  // taps, or a part of one.
  const int64_t tap_words = kBf16 ? g.tap_k / 2 : g.tap_k;
  int64_t taps = g.tap_count, words = tap_words;
  const bool sums_fit = g.partial != nullptr || (g.residual == nullptr && !g.c_is_pairs);
  if (sums_fit && g.m > MR) {
    const int64_t fit = kStripeWords / (NV * kLanes);  // 64 words or more
    taps = tap_words > fit ? 1 : tap_words > 0 ? fit / tap_words : g.tap_count;
    if (tap_words > fit) words = fit;
  }
  for (int64_t t = 0; t < g.tap_count; t += taps) {
    const int64_t last = t + taps < g.tap_count ? t + taps : g.tap_count;
    int64_t k = 0;
    do {
      const int64_t end = k + words < tap_words ? k + words : tap_words;
      const Part part{
          t, last, k, end, t == 0 && k == 0 && !g.accumulate, last == g.tap_count && end == tap_words};
      stripe<kBf16, MR, NV>(g, part, 0, column);
      k = end;
    } while (k < tap_words);
  }
}

template <bool kBf16>
SERENE_INLINE void product(const Gemm& g) {
#if defined(__AVX512F__)
  int64_t column = 0;
  for (; g.n - column > 48; column += 64) columns<kBf16, 6, 4>(g, column);
  if (g.n - column > 32) {
    columns<kBf16, 8, 3>(g, column);
  } else if (g.n - column > 16) {
    columns<kBf16, 12, 2>(g, column);
  } else if (g.n - column > 0) {
    columns<kBf16, 12, 1>(g, column);
  }
#elif defined(__AVX2__)
  for (int64_t column = 0; column < g.n; column += kBlock) columns<kBf16, 6, 2>(g, column);
#else
  for (int64_t column = 0; column < g.n; column += kBlock) columns<kBf16, 3, 4>(g, column);
#endif
}

}  // namespace

void gemm(const Gemm& g) { return g.b_pairs == nullptr ? product<false>(g) : product<true>(g); }

}  // namespace serene::cpu::SERENE_CPU_LEVEL
