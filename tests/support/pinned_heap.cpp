// operator new and delete for test programs whose kernels run on a GPU: what a test allocates, AlignedBuffer
// included, is pinned host memory, which kernels reach under the same address.
//
// Pinned in regions and handed out in powers of two. SERENE_TEST_SEPARATE=1 pins each block by itself, which
// is slow and lets compute-sanitizer see where it ends. Without a GPU it is the heap as ever.
#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

// Lies in front of every block.
struct alignas(64) Header {
  enum class Kind { heap, region, separate } kind;
  void* start;   // what the allocator gave, or where the block begins in its region
  int power;     // region: the block's size with all that is in front of it
  Header* next;  // region: while free
};

class PinnedHeap {
 public:
  void* allocate(size_t bytes, size_t alignment) {
    alignment = std::max(alignment, alignof(Header));
    const size_t whole = sizeof(Header) + alignment + bytes;
    // What the CUDA runtime allocates for itself is its own affair.
    if (whole < bytes || entered_) return whole < bytes ? nullptr : from_heap(whole, alignment);
    const std::lock_guard lock(mutex_);
    entered_ = true;
    if (!opened_) open();
    void* block = !gpu_       ? from_heap(whole, alignment)
                  : separate_ ? from_driver(whole, alignment)
                              : from_region(whole, alignment);
    entered_ = false;
    return block;
  }

  void release(void* block) {
    if (block == nullptr) return;
    Header* header = static_cast<Header*>(block) - 1;
    if (header->kind == Header::Kind::heap) return std::free(header->start);
    const std::lock_guard lock(mutex_);
    if (header->kind == Header::Kind::separate) {
      entered_ = true;
      cudaFreeHost(header->start);
      entered_ = false;
      return;
    }
    Header* const first = static_cast<Header*>(header->start);
    *first = *header;
    first->next = free_[first->power];
    free_[first->power] = first;
  }

 private:
  static constexpr size_t kRegion = size_t{64} << 20;

  // The first aligned place with room for a header in front.
  static void* mark(void* start, size_t alignment, Header::Kind kind, int power) {
    const auto after = reinterpret_cast<uintptr_t>(start) + sizeof(Header);
    auto* block = reinterpret_cast<Header*>((after + alignment - 1) / alignment * alignment);
    block[-1] = {kind, start, power, nullptr};
    return block;
  }
  static void* from_heap(size_t whole, size_t alignment) {
    void* start = std::malloc(whole);
    return start == nullptr ? nullptr : mark(start, alignment, Header::Kind::heap, 0);
  }
  static void* from_driver(size_t whole, size_t alignment) {
    void* start = nullptr;
    if (cudaMallocHost(&start, whole) != cudaSuccess) return nullptr;
    return mark(start, alignment, Header::Kind::separate, 0);
  }
  void* from_region(size_t whole, size_t alignment) {
    const int power = std::bit_width(whole - 1);
    const size_t size = size_t{1} << power;
    if (Header* header = free_[power]; header != nullptr) {
      free_[power] = header->next;
      return mark(header, alignment, Header::Kind::region, power);
    }
    if (left_ < size) {
      // What is left of the last region is given up: it is pinned still, and small.
      const size_t region = std::max(size, kRegion);
      void* begin = nullptr;
      if (cudaMallocHost(&begin, region) != cudaSuccess) return nullptr;
      next_ = static_cast<std::byte*>(begin);
      left_ = region;
    }
    std::byte* start = next_;
    next_ += size;
    left_ -= size;
    return mark(start, alignment, Header::Kind::region, power);
  }

  void open() {
    opened_ = true;
    // Read by the CUDA runtime when it is first called, which may be here: tests read what an op wrote as
    // soon as it returns.
    setenv("CUDA_LAUNCH_BLOCKING", "1", 1);
    const char* separate = std::getenv("SERENE_TEST_SEPARATE");
    separate_ = separate != nullptr && *separate == '1';
    int count = 0;
    gpu_ = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
  }

  static inline thread_local bool entered_ = false;
  std::mutex mutex_;
  bool opened_ = false, separate_ = false, gpu_ = false;
  std::byte* next_ = nullptr;
  size_t left_ = 0;
  std::array<Header*, 64> free_{};
};

// Never destroyed: what static destructors delete comes later.
PinnedHeap& heap() {
  alignas(PinnedHeap) static std::byte place[sizeof(PinnedHeap)];
  static auto* const made = new (place) PinnedHeap;
  return *made;
}

void* allocate(size_t bytes, size_t alignment) {
  void* block = heap().allocate(bytes, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(size_t bytes) { return allocate(bytes, 1); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* block) noexcept { heap().release(block); }
void operator delete(void* block, size_t) noexcept { heap().release(block); }
void operator delete(void* block, std::align_val_t) noexcept { heap().release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { heap().release(block); }
