// Loads 8x8 matrices of 16-bit values from shared memory into fragments, all 32 lanes together.
//
// Lane 8 m + r gives the address of row r of matrix m, 16 bytes and aligned to 16. Lane l gets, of each
// matrix, row l / 4, columns 2 (l % 4) and the next; transposed: rows 2 (l % 4) and the next of column l / 4.
#pragma once

#include "kernels/common/gpu/shared.h"

#if !defined(__CUDACC__)
#include <source_location>
#endif

namespace serene::gpu {

#if defined(__CUDACC__)

// "memory": the loads see what the threads of the block stored before the last barrier, and stay after it.
SERENE_DEVICE void ldmatrix_x1(uint32_t (&r)[1], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
               : "=r"(r[0])
               : "r"(shared_address(row))
               : "memory");
}
SERENE_DEVICE void ldmatrix_x2(uint32_t (&r)[2], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}
SERENE_DEVICE void ldmatrix_x4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
SERENE_DEVICE void ldmatrix_x1_trans(uint32_t (&r)[1], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
               : "=r"(r[0])
               : "r"(shared_address(row))
               : "memory");
}
SERENE_DEVICE void ldmatrix_x2_trans(uint32_t (&r)[2], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1])
               : "r"(shared_address(row))
               : "memory");
}
SERENE_DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

#else

#define SERENE_LDMATRIX(name, count, transposed)                                   \
  inline void name(uint32_t(&r)[count], const void* row,                           \
                   std::source_location where = std::source_location::current()) { \
    executor::load_matrices(r, count, transposed, row, where);                     \
  }
SERENE_LDMATRIX(ldmatrix_x1, 1, false)
SERENE_LDMATRIX(ldmatrix_x2, 2, false)
SERENE_LDMATRIX(ldmatrix_x4, 4, false)
SERENE_LDMATRIX(ldmatrix_x1_trans, 1, true)
SERENE_LDMATRIX(ldmatrix_x2_trans, 2, true)
SERENE_LDMATRIX(ldmatrix_x4_trans, 4, true)
#undef SERENE_LDMATRIX

#endif

}  // namespace serene::gpu
