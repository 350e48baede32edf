#include "kernels/common/memory.h"

#include <cstdlib>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace serene {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void* HostMemory::allocate(size_t bytes) {
  const bool large = bytes >= 2 * kHugePage;
  const size_t alignment = large ? kHugePage : kAlignment, whole = round_up(bytes, kAlignment);
  void* data = whole < bytes ? nullptr : std::aligned_alloc(alignment, whole);
  if (data == nullptr) throw std::bad_alloc();
#ifdef __linux__
  // Only a wish: where it is not granted, pages stay small.
  if (large) static_cast<void>(madvise(data, whole / kHugePage * kHugePage, MADV_HUGEPAGE));
#endif
  return data;
}

void HostMemory::release(void* data) noexcept { std::free(data); }

}  // namespace serene
