// Copies from global to shared memory that go on while the thread does something else.
//
// A thread sees its own copies after cp_async_wait; others see them after a barrier after that.
#pragma once

#include "kernels/common/gpu/shared.h"

namespace serene::gpu {

// Bytes is 4, 8 or 16, both addresses are multiples of it. Only `valid` bytes are read, the rest becomes
// zero: 0 for what lies beyond an edge, where `from` must still be a valid pointer.
template <int Bytes>
SERENE_DEVICE void cp_async(void* to, const void* from, int valid = Bytes) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16);
#if defined(__CUDACC__)
  // 16 bytes can pass by the first-level cache: what is staged in shared memory is not read again.
  if constexpr (Bytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(valid)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(to)), "l"(from),
                 "n"(Bytes), "r"(valid)
                 : "memory");
  }
#else
  executor::copy_async(to, from, Bytes, static_cast<uint32_t>(valid));
#endif
}

// Closes the group of copies since the last commit.
SERENE_DEVICE void cp_async_commit() {
#if defined(__CUDACC__)
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  executor::copy_async_commit();
#endif
}

// Waits until at most `Groups` of this thread's latest groups are under way.
template <int Groups>
SERENE_DEVICE void cp_async_wait() {
#if defined(__CUDACC__)
  asm volatile("cp.async.wait_group %0;" ::"n"(Groups) : "memory");
#else
  executor::copy_async_wait(Groups);
#endif
}

}  // namespace serene::gpu
