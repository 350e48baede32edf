// Tensor-core products of a warp, all 32 lanes together: d = a b + c with float accumulators.
//
// Fragments, with g = lane / 4 and t = lane % 4 (PTX ISA, "Matrix Fragments for mma"):
//   c, d (16, 8)            [0], [1]: row g,     columns 2 t, 2 t + 1;   [2], [3]: row g + 8, the same
//   columns a bf16 (16, 16)         pairs of columns 2 t, 2 t + 1, of rows g, g + 8; then 8 columns on, of
//   rows g, g + 8 b bf16 (16, 8)          pairs of rows 2 t, 2 t + 1 of column g; then 8 rows on a tf32 (16,
//   8)          (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4) b tf32 (8, 8)           (t, g), (t + 4, g)
#pragma once

#include "kernels/common/gpu/device.h"

#if !defined(__CUDACC__)
#include <source_location>
#endif

namespace serene::gpu {

#if defined(__CUDACC__)

// d may be c.
SERENE_DEVICE void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                     const float (&c)[4]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%10, %11, %12, %13};"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]),
        "f"(c[3]));
}

// Operands are floats whose low 13 bits the hardware ignores; round_tf32 (math.h) rounds first.
SERENE_DEVICE void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                                    const float (&c)[4]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%10, %11, %12, %13};"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]), "f"(c[1]), "f"(c[2]),
        "f"(c[3]));
}

#else

inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                              const float (&c)[4],
                              std::source_location where = std::source_location::current()) {
  executor::mma_bf16(d, a, b, c, where);
}

inline void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                             const float (&c)[4],
                             std::source_location where = std::source_location::current()) {
  executor::mma_tf32(d, a, b, c, where);
}

#endif

}  // namespace serene::gpu
