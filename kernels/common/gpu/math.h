// Functions of one instruction whose result the hardware defines.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// 2^x to 2 ulp; what is below the normal range counts as zero, going in and coming out. The twin is exact to
// rounding, so a GPU needs the wider tolerance.
SERENE_DEVICE float exp2_approx(float x) {
#if defined(__CUDACC__)
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  const float result = std::exp2(x);
  return result < 0x1p-126f ? 0.0f : result;
#endif
}

// tanh(x) to 2^-10.9 of itself.
SERENE_DEVICE float tanh_approx(float x) {
#if defined(__CUDACC__)
  float result;
  asm("tanh.approx.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  return std::tanh(x);
#endif
}

// A float rounded to TF32's ten bits of fraction, nearest, ties away from zero; the low 13 bits are zero.
SERENE_DEVICE uint32_t round_tf32(float x) {
#if defined(__CUDACC__)
  uint32_t result;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
  // The instruction leaves the low bits undefined; mma ignores them, arithmetic would not.
  return result & 0xFFFFE000u;
#else
  const uint32_t bits = __float_as_uint(x);
  if ((bits & 0x7F800000u) == 0x7F800000u) return (bits & 0x007FFFFFu) != 0 ? 0x7FFFE000u : bits;
  return (bits + 0x1000u) & 0xFFFFE000u;
#endif
}

}  // namespace serene::gpu
