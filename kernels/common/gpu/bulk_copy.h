// mbarriers, and the bulk copies (TMA without a descriptor) that report to them. Compute capability 9.0 and
// up.
//
// The pattern: one thread initialises the barrier for one arrival and fences, __syncthreads; then for each
// phase one thread announces the bytes and arrives, issues the copies, and all wait with the phase's parity,
// 0, 1, 0, ...
#pragma once

#include "kernels/common/gpu/shared.h"

#if !defined(__CUDACC__)
#include <source_location>
#endif

namespace serene::gpu {

// Before a copy into shared memory that this thread has written to, and a barrier between the two: the copy
// engine sees the writes. Without effect on the executor, where there is one order.
SERENE_DEVICE void fence_async_proxy() {
#if defined(__CUDACC__)
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

SERENE_DEVICE void mbarrier_init(uint64_t* barrier, uint32_t arrivals) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals)
               : "memory");
  fence_async_proxy();  // of the barrier itself
#else
  executor::barrier_init(barrier, arrivals);
#endif
}

SERENE_DEVICE void mbarrier_arrive(uint64_t* barrier) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
#else
  executor::barrier_arrive(barrier);
#endif
}

// Arrives, and makes the phase last until so many bytes more have been copied.
SERENE_DEVICE void mbarrier_arrive_expect(uint64_t* barrier, uint32_t bytes) {
#if defined(__CUDACC__)
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(bytes)
               : "memory");
#else
  executor::barrier_expect_bytes(barrier, bytes);
  executor::barrier_arrive(barrier);
#endif
}

// Waits for the end of the phase with this parity.
#if defined(__CUDACC__)
SERENE_DEVICE void mbarrier_wait(uint64_t* barrier, uint32_t parity) {
  uint32_t done = 0;
  while (done == 0) {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.u32 %0, 1, 0, p;\n"
        "}"
        : "=r"(done)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
  }
}
#else
inline void mbarrier_wait(uint64_t* barrier, uint32_t parity,
                          std::source_location where = std::source_location::current()) {
  executor::barrier_wait(barrier, parity, where);
}
#endif

// One thread copies a multiple of 16 bytes; addresses are multiples of 16.
SERENE_DEVICE void bulk_copy(void* to, const void* from, uint32_t bytes, uint64_t* barrier) {
#if defined(__CUDACC__)
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
          shared_address(to)),
      "l"(from), "r"(bytes), "r"(shared_address(barrier))
      : "memory");
#else
  executor::bulk_copy(to, from, bytes, barrier);
#endif
}

}  // namespace serene::gpu
