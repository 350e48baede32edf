#include "tests/support/counted_heap.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> held{0}, most{0};

// As much as the allocator sets aside, rounding included.
size_t size_of(void* block) { return malloc_usable_size(block); }

void* allocate(size_t bytes, size_t alignment) {
  void* const block = alignment <= alignof(std::max_align_t)
                          ? std::malloc(bytes)
                          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  const size_t now = held += size_of(block);
  for (size_t seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
  }
  return block;
}

void release(void* block) {
  if (block == nullptr) return;
  held -= size_of(block);
  std::free(block);
}

}  // namespace

void* operator new(size_t bytes) { return allocate(bytes, 1); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<size_t>(alignment));
}
// The standard library's own comes to the first of these, AddressSanitizer's does not, and what it allocates
// would be freed here (std::stable_partition allocates so).
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return allocate(bytes, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { release(block); }

namespace serene::test {

HeapPeak::HeapPeak() : before_(held) { most = before_; }

size_t HeapPeak::bytes() const { return most - before_; }

}  // namespace serene::test
