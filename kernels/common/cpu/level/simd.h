// One vector of floats, as wide as the level this file is compiled for. Everything is internal to a
// translation unit and always inlined: see vector_kernels.h for why nothing here may be shared between
// levels.
#pragma once

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SERENE_INLINE static inline __attribute__((always_inline))

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
// GCC 12 warns of its own header where an intrinsic comes without a mask.
constexpr __mmask16 kAllLanes = 0xFFFF;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef float VecReg __attribute__((vector_size(kLanes * 4)));
typedef int32_t VecInt __attribute__((vector_size(kLanes * 4)));
typedef double VecDouble __attribute__((vector_size(kLanes * 8)));
// Pairs of bf16, the first of a pair in the low half.
typedef uint32_t VecPairs __attribute__((vector_size(kLanes * 4)));
typedef uint32_t VecPairsInMemory __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

SERENE_INLINE VecReg load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
SERENE_INLINE void store(float* p, VecReg v) { *reinterpret_cast<Vec*>(p) = v; }
SERENE_INLINE VecReg set1(float x) { return VecReg{} + x; }
SERENE_INLINE VecPairs load(const uint32_t* p) { return *reinterpret_cast<const VecPairsInMemory*>(p); }
SERENE_INLINE void store(uint32_t* p, VecPairs v) { *reinterpret_cast<VecPairsInMemory*>(p) = v; }
SERENE_INLINE VecPairs set1(uint32_t x) { return VecPairs{} + x; }

// a * b + c, rounded once where the level has it.
SERENE_INLINE VecReg fma(VecReg a, VecReg b, VecReg c) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (VecReg)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

// acc plus the products of both halves, bf16 with bf16. Where the level has no such instruction a half is
// widened, and added by itself; results differ in their last bits.
SERENE_INLINE VecReg multiply_add(VecPairs a, VecPairs b, VecReg acc) {
#if defined(__AVX512BF16__)
  return (VecReg)_mm512_dpbf16_ps((__m512)acc, (__m512bh)a, (__m512bh)b);
#else
  acc = fma((VecReg)(a << 16), (VecReg)(b << 16), acc);
  return fma((VecReg)(a & 0xFFFF0000u), (VecReg)(b & 0xFFFF0000u), acc);
#endif
}
SERENE_INLINE VecReg multiply_add(VecReg a, VecReg b, VecReg acc) { return fma(a, b, acc); }

SERENE_INLINE VecReg max(VecReg a, VecReg b) { return a > b ? a : b; }
SERENE_INLINE VecReg min(VecReg a, VecReg b) { return a < b ? a : b; }

// Elements at even places of a and b together, and at odd ones.
SERENE_INLINE VecReg evens(VecReg a, VecReg b) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#elif defined(__AVX2__)
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
#else
  return __builtin_shufflevector(a, b, 0, 2, 4, 6);
#endif
}
SERENE_INLINE VecReg odds(VecReg a, VecReg b) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif defined(__AVX2__)
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  return __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
}
SERENE_INLINE VecReg add_neighbours(VecReg a, VecReg b) { return evens(a, b) + odds(a, b); }

// Pairs of `low` and `high`, each rounded to the nearest bf16, halves to even.
SERENE_INLINE VecPairs pairs_of(VecReg low, VecReg high) {
  const auto rounded = [](VecReg x) __attribute__((always_inline)) {
    const VecPairs bits = (VecPairs)x;
    return bits + 0x7FFF + ((bits >> 16) & 1);
  };
  return (rounded(low) >> 16) | (rounded(high) & 0xFFFF0000u);
}

// Pairs of neighbours: of a's elements, then b's.
SERENE_INLINE VecPairs neighbours(VecReg a, VecReg b) {
#if defined(__AVX512BF16__)
  return (VecPairs)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a);
#else
  return pairs_of(evens(a, b), odds(a, b));
#endif
}

// The sums of four vectors, in the first four lanes.
SERENE_INLINE VecReg sums(VecReg a, VecReg b, VecReg c, VecReg d) {
  VecReg all = add_neighbours(add_neighbours(a, b), add_neighbours(c, d));
  for (int lanes = kLanes; lanes > 4; lanes /= 2) all = add_neighbours(all, all);
  return all;
}

// v with its halves, quarters and so on exchanged: lane i has what was in lane i ^ kDistance.
template <int kDistance>
SERENE_INLINE VecReg exchange(VecReg v) {
  constexpr int d = kDistance;
#if defined(__AVX512F__)
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d, 4 ^ d, 5 ^ d, 6 ^ d, 7 ^ d, 8 ^ d, 9 ^ d,
                                 10 ^ d, 11 ^ d, 12 ^ d, 13 ^ d, 14 ^ d, 15 ^ d);
#elif defined(__AVX2__)
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d, 4 ^ d, 5 ^ d, 6 ^ d, 7 ^ d);
#else
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d);
#endif
}

SERENE_INLINE float sum(VecReg v) {
  if constexpr (kLanes > 8) v += exchange<8 % kLanes>(v);
  if constexpr (kLanes > 4) v += exchange<4 % kLanes>(v);
  v += exchange<2>(v);
  v += exchange<1>(v);
  return v[0];
}

SERENE_INLINE float maximum(VecReg v) {
  if constexpr (kLanes > 8) v = max(v, exchange<8 % kLanes>(v));
  if constexpr (kLanes > 4) v = max(v, exchange<4 % kLanes>(v));
  v = max(v, exchange<2>(v));
  v = max(v, exchange<1>(v));
  return v[0];
}

// p 2^n for whole numbers n with p 2^n a normal number; on AVX-512 whatever comes out.
SERENE_INLINE VecReg scale_by_power(VecReg p, VecReg n) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_maskz_scalef_ps(kAllLanes, (__m512)p, (__m512)n);
#else
  return p * (VecReg)((__builtin_convertvector(n, VecInt) + 127) << 23);
#endif
}

// The nearest whole number, for |x| below 2^22.
SERENE_INLINE VecReg nearest(VecReg x) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_maskz_roundscale_ps(kAllLanes, (__m512)x,
                                            _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  const VecReg magic = set1(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  return (x + magic) - magic;
#endif
}

// 2^x for x of at most 127; within 2 ulp down to x = -126, below that 2^-126 or less. The polynomial is that
// for 2^r on |r| <= 1 / 2 of Cephes' exp2f (Moshier, public domain).
SERENE_INLINE VecReg exp2(VecReg x) {
#if !defined(__AVX512F__)
  x = max(x, set1(-126.0f));
#endif
  const VecReg n = nearest(x), r = x - n;
  VecReg p = set1(1.535336188319500e-4f);
  p = fma(p, r, set1(1.339887440266574e-3f));
  p = fma(p, r, set1(9.618437357674640e-3f));
  p = fma(p, r, set1(5.550332471162809e-2f));
  p = fma(p, r, set1(2.402264791363012e-1f));
  p = fma(p, r, set1(6.931472028550421e-1f));
  p = fma(p, r, set1(1.0f));
  return scale_by_power(p, n);
}

// 2^x within 8e-5 of its value, a twentieth of what bf16 rounds by next: a minimax polynomial of degree 3 on
// |r| <= 1 / 2.
SERENE_INLINE VecReg exp2_for_bf16(VecReg x) {
#if !defined(__AVX512F__)
  x = max(x, set1(-126.0f));
#endif
  const VecReg n = nearest(x), r = x - n;
  VecReg p = set1(5.5171672e-2f);
  p = fma(p, r, set1(2.4261114e-1f));
  p = fma(p, r, set1(6.9326097e-1f));
  p = fma(p, r, set1(9.9992806e-1f));
  return scale_by_power(p, n);
}

// e^x for x clamped to [-87.33, 88.37]; within 2 ulp. Cody-Waite reduction, then the polynomial for e^r on
// |r| <= ln(2) / 2 (coefficients of Cephes' expf, Moshier, public domain).
SERENE_INLINE VecReg exp(VecReg x) {
  x = max(min(x, set1(88.3762626647949f)), set1(-87.3365478515625f));
  const VecReg n = nearest(x * set1(1.44269504088896341f));
  VecReg r = fma(n, set1(-0.693359375f), x);
  r = fma(n, set1(2.12194440e-4f), r);
  VecReg p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  p = fma(p * r, r, r) + 1.0f;
  return scale_by_power(p, n);
}

// 1 / x for normal x of at least 1, within 2 ulp: on AVX-512 a step of Newton's from 14 bits, half a
// division's time.
SERENE_INLINE VecReg reciprocal(VecReg x) {
#if defined(__AVX512F__)
  const VecReg y = (VecReg)_mm512_maskz_rcp14_ps(kAllLanes, (__m512)x);
  return fma(y, fma(-x, y, set1(1.0f)), y);
#else
  return 1.0f / x;
#endif
}

// x / 2 (1 + erf(x / sqrt 2)), as x - |x| q for positive x and -|x| q for others, so that small values of
// negative x keep their digits: q = erfc(|x| / sqrt 2) / 2 is exp(-x^2 / 2) times a polynomial in t = 1 / (1
// + 0.3 |x|), fitted to a relative error of 1.2e-7.
SERENE_INLINE VecReg gelu(VecReg x) {
  const VecReg size = max(x, -x), a = min(size, set1(12.5f));  // beyond that q is as good as zero
  const VecReg t = reciprocal(fma(a, set1(0.3f), set1(1.0f)));
  VecReg p = set1(0.036194899215432f);
  p = fma(p, t, set1(-0.159378494398530f));
  p = fma(p, t, set1(0.210118716400120f));
  p = fma(p, t, set1(-0.057167670732601f));
  p = fma(p, t, set1(0.130416620474114f));
  p = fma(p, t, set1(0.099347071822567f));
  p = fma(p, t, set1(0.120845538914516f));
  p = fma(p, t, set1(0.119623262066860f));
  return max(x, VecReg{}) - size * (p * t * exp(a * a * set1(-0.5f)));
}

SERENE_INLINE VecReg sigmoid(VecReg x) { return reciprocal(1.0f + exp(-x)); }
SERENE_INLINE VecReg silu(VecReg x) { return x * sigmoid(x); }

// About as exact as exp2_for_bf16.
SERENE_INLINE VecReg sigmoid_for_bf16(VecReg x) {
  x = x * set1(-1.44269504088896341f);
#if defined(__AVX512F__)
  return (VecReg)_mm512_maskz_rcp14_ps(kAllLanes, (__m512)(1.0f + exp2_for_bf16(x)));
#else
  return 1.0f / (1.0f + exp2_for_bf16(min(x, set1(126.0f))));
#endif
}
SERENE_INLINE VecReg silu_for_bf16(VecReg x) { return x * sigmoid_for_bf16(x); }

// x, kLanes vectors of one matrix's rows, becomes its columns: as often as halves can be halved, the first
// half of the vectors is shuffled into the second like two halves of a pack of cards.
SERENE_INLINE void transpose(VecReg (&x)[kLanes]) {
#pragma GCC unroll 4
  for (int lanes = 1; lanes < kLanes; lanes *= 2) {
    VecReg y[kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kLanes / 2; ++i) {
      const VecReg a = x[i], b = x[i + kLanes / 2];
#if defined(__AVX512F__)
      y[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      y[2 * i + 1] =
          __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif defined(__AVX2__)
      y[2 * i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
      y[2 * i + 1] = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
      y[2 * i] = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      y[2 * i + 1] = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) x[i] = y[i];
  }
}

#if defined(__AVX512F__)
// A mask of the first `count` lanes, all from 16 on, none from 0 down.
SERENE_INLINE __mmask16 lanes_below(int64_t count) {
  return count <= 0 ? 0 : count >= kLanes ? kAllLanes : (__mmask16)((1u << count) - 1);
}
#endif

// The first `count` lanes from memory, the others zero.
SERENE_INLINE VecReg load_part(const float* p, int64_t count) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_maskz_loadu_ps(lanes_below(count), p);
#else
  float lanes[kLanes] = {};
  for (int i = 0; i < kLanes; ++i) {
    if (i < count) lanes[i] = p[i];
  }
  return load(lanes);
#endif
}
// The first `count` lanes of v, the others zero.
SERENE_INLINE VecReg first_lanes(VecReg v, int64_t count) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_maskz_mov_ps(lanes_below(count), (__m512)v);
#else
  for (int i = 0; i < kLanes; ++i) v[i] = i < count ? v[i] : 0.0f;
  return v;
#endif
}
// The first `count` lanes of v, `rest` in the others.
SERENE_INLINE VecReg first_lanes_or(VecReg v, int64_t count, VecReg rest) {
#if defined(__AVX512F__)
  return (VecReg)_mm512_mask_mov_ps((__m512)rest, lanes_below(count), (__m512)v);
#else
  for (int i = 0; i < kLanes; ++i) v[i] = i < count ? v[i] : rest[i];
  return v;
#endif
}
SERENE_INLINE void store_part(float* p, VecReg v, int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, lanes_below(count), (__m512)v);
#else
  float lanes[kLanes];
  store(lanes, v);
  for (int i = 0; i < kLanes; ++i) {
    if (i < count) p[i] = lanes[i];
  }
#endif
}
SERENE_INLINE void store_part(uint32_t* p, VecPairs v, int64_t count) {
  store_part(reinterpret_cast<float*>(p), (VecReg)v, count);
}

// y (count) = (x[0], x[1]), (x[2], x[3]) and so on.
SERENE_INLINE void make_pairs(const float* x, int64_t count, uint32_t* y) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(y + i, neighbours(load(x + 2 * i), load(x + 2 * i + kLanes)));
  }
  if (i < count) {
    const int64_t left = 2 * (count - i);
    store_part(y + i, neighbours(load_part(x + 2 * i, left), load_part(x + 2 * i + kLanes, left - kLanes)),
               count - i);
  }
}

}  // namespace
}  // namespace serene::cpu::SERENE_CPU_LEVEL
