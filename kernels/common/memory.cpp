#include "kernels/common/memory.h"

#include <cstdlib>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace serene {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

void* HostMemory::allocate(size_t bytes) {
  const bool large = bytes >= 2 * kHugePage;
  void* data = nullptr;
  if (posix_memalign(&data, large ? kHugePage : kAlignment, bytes) != 0) throw std::bad_alloc();
#ifdef __linux__
  // Only a wish: where it is not granted, pages stay small.
  if (large) static_cast<void>(madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE));
#endif
  return data;
}

void HostMemory::release(void* data) noexcept { std::free(data); }

}  // namespace serene
