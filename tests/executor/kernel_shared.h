// Shared memory of kernels as a CUDA driver knows it before a launch: the static arrays that a kernel
// declares, and how much dynamic memory its launches may ask for.
#pragma once

#include <cstddef>
#include <typeinfo>

namespace serene::executor {

// A shared array that a kernel declares: one object for each declaration and template instance, registered
// before main.
class StaticArray {
 public:
  // `scope` is the name of a type that is local to the kernel, which holds the kernel's symbol.
  StaticArray(const std::type_info& scope, size_t bytes);
  StaticArray(const StaticArray&) = delete;
  StaticArray& operator=(const StaticArray&) = delete;
};

template <class Scope, size_t kBytes>
struct StaticArrayOf {
  static inline const StaticArray array{typeid(Scope), kBytes};
};

// Most bytes of static arrays that a kernel may have, and most of both kinds before more is allowed.
inline constexpr size_t kStaticLimit = 48 * 1024;
// Static arrays are aligned to this, and dynamic memory begins at a multiple of the other.
inline constexpr size_t kStaticAlignment = 128, kDynamicAlignment = 1024;

// Bytes of the arrays that the kernel itself declares; those of functions that it calls are not counted, and
// are an error when the kernel comes to them. Throws Error(internal) where the kernel has no symbol.
size_t static_shared_bytes(const void* kernel);
// The same as a launch has it, up to where dynamic memory begins.
size_t static_shared_bytes(const void* kernel, size_t dynamic_bytes);

// What cudaFuncSetAttribute does with cudaFuncAttributeMaxDynamicSharedMemorySize, on a device whose blocks
// may have `most` bytes: launches of the kernel there may ask for `bytes`. False where both kinds together
// are more than the device has.
bool allow_dynamic_shared(const void* kernel, size_t bytes, size_t most);
// What launches may ask for: kStaticLimit less the static arrays until something else is allowed.
size_t allowed_dynamic_shared(const void* kernel, size_t most);

// Share of a multiprocessor's memory, in percent, that is to be shared memory while the kernel runs; -1 until
// it is set.
void prefer_carve_out(const void* kernel, int percent);
int preferred_carve_out(const void* kernel);

}  // namespace serene::executor
