// Attention of one head for a tile of six queries at a time. Their logits against all keys stay in L1/L2 as
// whole rows, so softmax needs one pass for the maximum and one for the exponentials, and no N x N matrix
// exists. The logits of relative positions are a product with the band of the distance table that the tile
// can reach, added skewed: query i meets distance m = j - i + clip at key j, so a row of the band is read
// from a shifted start. In bf16 the operands of all three products are pairs, the powers too; logits, sums
// and what is added up are floats.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

#if defined(__AVX512F__)
constexpr int kColumns = 4;  // vectors of a logits tile
constexpr int kValueRows = 6;
#elif defined(__AVX2__)
constexpr int kColumns = 2;
constexpr int kValueRows = 3;
#else
constexpr int kColumns = 2;
constexpr int kValueRows = 2;
#endif
constexpr int64_t kTile = kColumns * kLanes;
constexpr float kNever = -1e30f;  // a logit of no key: its power is zero, or next to it

template <class Word>
constexpr int64_t kPerWord = 1;
template <>
constexpr int64_t kPerWord<uint32_t> = 2;

// Of MR rows of q (MR, d) times bt (d, ldb), both d in words, the tile of columns from j on.
template <int MR, class Word>
SERENE_INLINE void product(const Word* q, int64_t ldq, int64_t d, const Word* bt, int64_t ldb, int64_t j,
                           VecReg (&acc)[MR][kColumns]) {
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kColumns; ++v) acc[r][v] = VecReg{};
  }
  for (int64_t k = 0; k < d; ++k) {
    decltype(load(bt)) bv[kColumns];
#pragma GCC unroll 8
    for (int v = 0; v < kColumns; ++v) bv[v] = load(bt + k * ldb + j + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < MR; ++r) {
      const auto qv = set1(q[r * ldq + k]);
#pragma GCC unroll 8
      for (int v = 0; v < kColumns; ++v) acc[r][v] = multiply_add(qv, bv[v], acc[r][v]);
    }
  }
}

// out (MR, columns) by ldo = q times bt; columns is a multiple of the tile.
template <int MR, class Word>
SERENE_INLINE void distances(const Word* q, int64_t ldq, int64_t d, const Word* bt, int64_t ldb,
                             int64_t columns, float* out, int64_t ldo) {
  for (int64_t j = 0; j < columns; j += kTile) {
    VecReg acc[MR][kColumns];
    product<MR>(q, ldq, d, bt, ldb, j, acc);
#pragma GCC unroll 8
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kColumns; ++v) store(out + r * ldo + j + v * kLanes, acc[r][v]);
    }
  }
}

// The tile of logits from column j on: out (MR, .) by ldo = q times keys plus each row's distances, row r's
// from band + r (ldb - 1) on; -1e30 after the last key, which only an `end` has. largest (MR) takes part.
template <bool kEnd, int MR, class Word>
SERENE_INLINE void logits_tile(const Attention<Word>& a, const Word* q, const float* band, int64_t ldb,
                               int64_t j, float* out, int64_t ldo, VecReg (&largest)[MR]) {
  VecReg acc[MR][kColumns];
  product<MR>(q, a.ldq, a.d / kPerWord<Word>, a.kt, a.ldt, j, acc);
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kColumns; ++v) {
      const int64_t at = j + v * kLanes;
      VecReg x = acc[r][v] + load(band + r * (ldb - 1) + at);
      if (kEnd && at + kLanes > a.n) {
        for (int i = 0; i < kLanes; ++i) x[i] = at + i < a.n ? x[i] : kNever;
      }
      store(out + r * ldo + at, x);
      largest[r] = max(largest[r], x);
    }
  }
}

// All tiles of a row; top (MR) is the largest of each row.
template <int MR, class Word>
SERENE_INLINE void logits(const Attention<Word>& a, const Word* q, const float* band, int64_t ldb, float* out,
                          int64_t ldo, float* top) {
  VecReg largest[MR];
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) largest[r] = set1(kNever);
  int64_t j = 0;
  for (; j + kTile <= a.n; j += kTile) logits_tile<false>(a, q, band, ldb, j, out, ldo, largest);
  if (j < a.n) logits_tile<true>(a, q, band, ldb, j, out, ldo, largest);
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) top[r] = maximum(largest[r]);
}

// out[r][k] = inverse[r] * sum_j p[r][j] vt[k][j], for MR rows and DN head dimensions; columns in words.
template <int MR, int DN, class Word>
SERENE_INLINE void values(const Word* p, int64_t ldp, const Word* vt, int64_t ldt, int64_t columns,
                          const float* inverse, float* out, int64_t ldo) {
  VecReg acc[MR][DN];
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
    for (int k = 0; k < DN; ++k) acc[r][k] = VecReg{};
  }
  for (int64_t j = 0; j < columns; j += kLanes) {
    decltype(load(vt)) vv[DN];
#pragma GCC unroll 8
    for (int k = 0; k < DN; ++k) vv[k] = load(vt + k * ldt + j);
#pragma GCC unroll 8
    for (int r = 0; r < MR; ++r) {
      const auto pv = load(p + r * ldp + j);
#pragma GCC unroll 8
      for (int k = 0; k < DN; ++k) acc[r][k] = multiply_add(pv, vv[k], acc[r][k]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) {
    if constexpr (DN == 4) {
      const VecReg four = sums(acc[r][0], acc[r][1], acc[r][2], acc[r][3]) * inverse[r];
      for (int k = 0; k < 4; ++k) out[r * ldo + k] = four[k];
    } else {
#pragma GCC unroll 8
      for (int k = 0; k < DN; ++k) out[r * ldo + k] = sum(acc[r][k]) * inverse[r];
    }
  }
}

template <int MR, class Word>
SERENE_INLINE void all_values(const Word* p, int64_t ldp, const Attention<Word>& a, int64_t columns,
                              const float* inverse, float* out) {
  int64_t k = 0;
  for (; k + 4 <= a.d; k += 4)
    values<MR, 4>(p, ldp, a.vt + k * a.ldt, a.ldt, columns, inverse, out + k, a.ldo);
  for (; k < a.d; ++k) values<MR, 1>(p, ldp, a.vt + k * a.ldt, a.ldt, columns, inverse, out + k, a.ldo);
}

// row (columns) becomes 2^(row - peak), as words from its start on; their sum is the result.
SERENE_INLINE float powers(float* row, VecReg peak, int64_t columns, float* words) {
  VecReg total{};
  for (int64_t j = 0; j < columns; j += kLanes) {
    const VecReg p = exp2(load(row + j) - peak);
    store(words + j, p);
    total += p;
  }
  return sum(total);
}
SERENE_INLINE float powers(float* row, VecReg peak, int64_t columns, uint32_t* words) {
  VecReg total{};
  for (int64_t j = 0; j < columns; j += 2 * kLanes) {
    const VecReg p0 = exp2_for_bf16(load(row + j) - peak);
    const VecReg p1 = exp2_for_bf16(load(row + j + kLanes) - peak);
    store(words + j / 2, neighbours(p0, p1));
    total += p0 + p1;
  }
  return sum(total);
}

SERENE_INLINE void fill(float* p, int64_t count, float value) {
  for (; count >= kLanes; count -= kLanes, p += kLanes) store(p, set1(value));
  if (count > 0) store_part(p, set1(value), count);
}

template <int MR, class Word>
__attribute__((noinline)) void query_tile(const Attention<Word>& a, int64_t i0) {
  const int64_t columns = (a.n + kTile - 1) / kTile * kTile;
  const int64_t ld = attention_row(a.n);
  float* s = a.scratch;
  float* band = a.scratch + kAttentionRows * ld;
  const Word* q = a.q + i0 * a.ldq;

  // Distances of the tile: column x of the band is m = x - (i0 + MR - 1) + clip, cut to the table [0, 2
  // clip].
  const int64_t last = i0 + MR - 1;
  const int64_t width = a.n + MR - 1;
  const int64_t m0 = a.clip - last;
  const int64_t from = m0 < 0 ? -m0 : 0;  // first column with a row of the table
  const int64_t table_m = m0 < 0 ? 0 : m0;
  int64_t inside = 2 * a.clip + 1 - table_m;
  if (inside > width - from) inside = width - from;
  if (inside > 0) {
    const int64_t padded = (inside + kTile - 1) / kTile * kTile;
    distances<MR>(q, a.ldq, a.d / kPerWord<Word>, a.et + table_m, a.lde, padded, band + from, ld);
  }
  for (int r = 0; r < MR; ++r) {
    float* row = band + r * ld;
    fill(row, from, row[from]);
    fill(row + from + inside, width - from - inside, row[from + inside - 1]);
  }

  // Query r meets distance x at key x - (MR - 1 - r).
  float top[MR], inverse[MR];
  logits<MR>(a, q, band + (MR - 1), ld, s, ld, top);
  for (int r = 0; r < MR; ++r) {
    float* row = s + r * ld;
    inverse[r] = 1.0f / powers(row, set1(top[r]), columns, reinterpret_cast<Word*>(row));
  }

  constexpr int kRows = MR < kValueRows ? MR : kValueRows;
  static_assert(MR % kRows == 0);
  for (int r = 0; r < MR; r += kRows) {
    all_values<kRows>(reinterpret_cast<const Word*>(s + r * ld), ld, a, columns / kPerWord<Word>, inverse + r,
                      a.out + (i0 + r) * a.ldo);
  }
}

template <class Word>
SERENE_INLINE void query_tiles(const Attention<Word>& a) {
  int64_t i = a.first;
  const int64_t end = a.first + a.rows;
  for (; i + kAttentionRows <= end; i += kAttentionRows) query_tile<kAttentionRows>(a, i);
  for (; i < end; ++i) query_tile<1>(a, i);
}

}  // namespace

void attention(const Attention<float>& a) { query_tiles(a); }
void attention_bf16(const Attention<uint32_t>& a) { query_tiles(a); }

}  // namespace serene::cpu::SERENE_CPU_LEVEL
