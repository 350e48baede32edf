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
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef float VecReg __attribute__((vector_size(kLanes * 4)));
typedef int32_t VecInt __attribute__((vector_size(kLanes * 4)));
typedef double VecDouble __attribute__((vector_size(kLanes * 8)));

SERENE_INLINE VecReg load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
SERENE_INLINE void store(float* p, VecReg v) { *reinterpret_cast<Vec*>(p) = v; }
SERENE_INLINE VecReg set1(float x) { return VecReg{} + x; }

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

SERENE_INLINE VecReg max(VecReg a, VecReg b) { return a > b ? a : b; }
SERENE_INLINE VecReg min(VecReg a, VecReg b) { return a < b ? a : b; }

SERENE_INLINE float sum(VecReg v) {
  float lanes[kLanes];
  store(lanes, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

SERENE_INLINE float maximum(VecReg v) {
  float lanes[kLanes];
  store(lanes, v);
  float m = lanes[0];
  for (int i = 1; i < kLanes; ++i) m = lanes[i] > m ? lanes[i] : m;
  return m;
}

// e^x for x clamped to [-87.33, 88.37]; within 2 ulp. Cody-Waite reduction, then the polynomial for e^r on
// |r| <= ln(2) / 2 (coefficients of Cephes' expf, Moshier, public domain).
SERENE_INLINE VecReg exp(VecReg x) {
  x = max(min(x, set1(88.3762626647949f)), set1(-87.3365478515625f));
  const VecReg magic = set1(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const VecReg n = fma(x, set1(1.44269504088896341f), magic) - magic;
  VecReg r = fma(n, set1(-0.693359375f), x);
  r = fma(n, set1(2.12194440e-4f), r);
  VecReg p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  p = fma(p * r, r, r) + 1.0f;
  const VecInt exponent = (__builtin_convertvector(n, VecInt) + 127) << 23;
  return p * (VecReg)exponent;
}

SERENE_INLINE VecReg sigmoid(VecReg x) { return 1.0f / (1.0f + exp(-x)); }
SERENE_INLINE VecReg silu(VecReg x) { return x * sigmoid(x); }

// The first `count` lanes from memory, the others zero.
SERENE_INLINE VecReg load_part(const float* p, int64_t count) {
  float lanes[kLanes] = {};
  for (int i = 0; i < kLanes; ++i) {
    if (i < count) lanes[i] = p[i];
  }
  return load(lanes);
}
SERENE_INLINE void store_part(float* p, VecReg v, int64_t count) {
  float lanes[kLanes];
  store(lanes, v);
  for (int i = 0; i < kLanes; ++i) {
    if (i < count) p[i] = lanes[i];
  }
}

}  // namespace
}  // namespace serene::cpu::SERENE_CPU_LEVEL
