// Declarations of shared memory. Through macros, because the executor must know each array's bounds.
#pragma once

#include "kernels/common/gpu/device.h"

// SERENE_SHARED(tile, float[32][33]); declares `tile`, one for the block. Inside a function body only.
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

namespace serene::executor {
template <class T>
T& shared_variable(const void* key, const char* name) {
  return *static_cast<T*>(shared_array(key, name, sizeof(T)));
}
}  // namespace serene::executor

// The address of a static variable tells declarations and instances of a template apart.
#define SERENE_SHARED(name, ...)    \
  static const char name##_key = 0; \
  auto& name = ::serene::executor::shared_variable<__VA_ARGS__>(&name##_key, #name)
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
