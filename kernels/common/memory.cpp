#include "kernels/common/memory.h"

#include <cstdint>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace serene {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

// By operator new, which programs may replace: those of tests find stray accesses by theirs, or have memory
// that a GPU reaches.
void* HostMemory::allocate(size_t bytes) {
  void* const data = ::operator new (bytes, std::align_val_t{kAlignment});
#ifdef __linux__
  // Only a wish: where it is not granted, pages stay small.
  const auto begin = reinterpret_cast<uintptr_t>(data);
  const uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = (begin + bytes) / kHugePage * kHugePage;
  if (first < end) static_cast<void>(madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE));
#endif
  return data;
}

void HostMemory::release(void* data) noexcept { ::operator delete (data, std::align_val_t{kAlignment}); }

}  // namespace serene
