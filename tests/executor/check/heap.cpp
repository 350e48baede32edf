// operator new and delete for executables of checked kernels: every block gets bands around it and is known
// to the executor, so that a kernel that leaves a std::vector is found as one that leaves a Buffer is.
//
// What is in the blocks counts as written: nobody sees what the host writes.
#include <cstdlib>
#include <new>

#include "tests/executor/memory.h"

namespace {

using serene::executor::Region;
using serene::executor::Regions;

void* allocate(size_t bytes, size_t alignment) {
  if (alignment < Region::kBand) alignment = Region::kBand;
  const size_t before = alignment,
               whole = (before + bytes + Region::kBand + alignment - 1) / alignment * alignment;
  auto* block = static_cast<std::byte*>(std::aligned_alloc(alignment, whole));
  if (block == nullptr) throw std::bad_alloc();
  std::byte* data = block + before;
  if (!Regions::busy()) Regions::all().add("heap", data, bytes, true);
  return data;
}

void release(void* data, size_t alignment) {
  if (data == nullptr) return;
  if (alignment < Region::kBand) alignment = Region::kBand;
  if (!Regions::busy()) Regions::all().remove(static_cast<std::byte*>(data));
  std::free(static_cast<std::byte*>(data) - alignment);
}

}  // namespace

void* operator new(size_t bytes) { return allocate(bytes, 1); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* data) noexcept { release(data, 1); }
void operator delete(void* data, size_t) noexcept { release(data, 1); }
void operator delete(void* data, std::align_val_t alignment) noexcept {
  release(data, static_cast<size_t>(alignment));
}
void operator delete(void* data, size_t, std::align_val_t alignment) noexcept {
  release(data, static_cast<size_t>(alignment));
}
