// Barriers of a part of the block. There are fifteen, 1 to 15; 0 is __syncthreads.
#pragma once

#include "kernels/common/gpu/device.h"

#if !defined(__CUDACC__)
#include <source_location>
#endif

namespace serene::gpu {

#if defined(__CUDACC__)

// Waits until `threads` threads, whole warps, have come or arrived.
SERENE_DEVICE void named_barrier_sync(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
// Counts as having come, and goes on.
SERENE_DEVICE void named_barrier_arrive(int id, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

#else

inline void named_barrier_sync(int id, int threads,
                               std::source_location where = std::source_location::current()) {
  executor::named_barrier(id, threads, true, where);
}
inline void named_barrier_arrive(int id, int threads,
                                 std::source_location where = std::source_location::current()) {
  executor::named_barrier(id, threads, false, where);
}

#endif

}  // namespace serene::gpu
