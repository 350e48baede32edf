// bfloat16, our own two bytes: the same type for both compilers, and nothing to install on a machine without
// CUDA.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

struct alignas(2) Bf16 {
  uint16_t bits;
};

SERENE_DEVICE float to_float(Bf16 value) { return __uint_as_float(uint32_t{value.bits} << 16); }

// Rounds to nearest, ties to even; every NaN becomes 0x7FFF, as the instruction has it.
SERENE_DEVICE Bf16 to_bf16(float value) {
#if defined(__CUDACC__)
  Bf16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
#else
  const uint32_t bits = __float_as_uint(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return {0x7FFF};
  return {static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16)};
#endif
}

// Two values in one register, `low` at the lower address.
SERENE_DEVICE uint32_t pack_bf16(float low, float high) {
#if defined(__CUDACC__)
  uint32_t result;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
  return result;
#else
  return uint32_t{to_bf16(low).bits} | uint32_t{to_bf16(high).bits} << 16;
#endif
}

SERENE_DEVICE uint2 pack_bf16(float4 four) {
  return make_uint2(pack_bf16(four.x, four.y), pack_bf16(four.z, four.w));
}

SERENE_DEVICE float2 unpack_bf16(uint32_t pair) {
  return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xFFFF0000u));
}

}  // namespace serene::gpu
