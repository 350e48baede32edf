// Declarations of shared memory. Through macros, because the executor must know each array's bounds.
#pragma once

#include "kernels/common/gpu/device.h"

// SERENE_SHARED(tile, float[32][33]); declares `tile`, one for the block. Inside the body of a kernel only: a
// launch is refused by what the kernel declares (kernels/common/gpu/shared_limit.h).
// SERENE_DYNAMIC_SHARED(name); declares `unsigned char* name`, the bytes the launch asked for, aligned to
// 1024 where the kernel has no static array before it, as swizzled layouts want.
#if defined(__CUDACC__)

namespace serene::gpu {
// Lets an array type be written before the name.
template <class T>
using Shared = T;
}  // namespace serene::gpu

#define SERENE_SHARED(name, ...) __shared__ __align__(128)::serene::gpu::Shared<__VA_ARGS__> name
#define SERENE_DYNAMIC_SHARED(name)                                        \
  extern __shared__ __align__(1024) unsigned char serene_dynamic_shared[]; \
  unsigned char* const name = serene_dynamic_shared

#else

#include "tests/executor/kernel_shared.h"

namespace serene::executor {
// Scope: a type that is local to the kernel, one for each declaration and instance of a template.
template <class T, class Scope>
T& shared_variable(Scope, const char* name) {
  return *static_cast<T*>(shared_array(&StaticArrayOf<Scope, sizeof(T)>::array, name, sizeof(T)));
}
}  // namespace serene::executor

#define SERENE_SHARED(name, ...) auto& name = ::serene::executor::shared_variable<__VA_ARGS__>([] {}, #name)
#define SERENE_DYNAMIC_SHARED(name) \
  unsigned char* const name = static_cast<unsigned char*>(::serene::executor::dynamic_shared())

#endif

#if defined(__CUDACC__)
namespace serene::gpu {
// Shared memory by the 32-bit address that instructions take.
SERENE_DEVICE uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}
}  // namespace serene::gpu
#endif
