// operator new and delete for test programs whose kernels run on a GPU: what a test allocates is managed
// memory, which host and device both reach.
//
// One region, handed out in powers of two; SERENE_TEST_SEPARATE=1 makes each block an allocation of its own,
// which is slow and lets compute-sanitizer see where it ends. Without a GPU it is the heap as ever.
#include <cuda_runtime.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

// Lies in front of every block.
struct alignas(64) Header {
  enum class Kind { heap, region, separate } kind;
  void* start;   // what the allocator gave
  int power;     // region: the block's size with header
  Header* next;  // region: while free
};

class ManagedHeap {
 public:
  void* allocate(size_t bytes, size_t alignment) {
    // What the CUDA runtime allocates for itself is its own affair.
    if (entered_) return from_heap(bytes, alignment);
    const std::lock_guard lock(mutex_);
    entered_ = true;
    if (!opened_) open();
    void* block = begin_ == nullptr || alignment > sizeof(Header) ? from_heap(bytes, alignment)
                  : separate_                                     ? from_driver(bytes)
                                                                  : from_region(bytes);
    entered_ = false;
    return block;
  }

  void release(void* block) {
    if (block == nullptr) return;
    Header* header = static_cast<Header*>(block) - 1;
    if (header->kind == Header::Kind::heap) return std::free(header->start);
    if (header->kind == Header::Kind::separate) return static_cast<void>(cudaFree(header->start));
    const std::lock_guard lock(mutex_);
    header->next = free_[header->power];
    free_[header->power] = header;
  }

 private:
  static constexpr size_t kRegion = size_t{8} << 30;

  static void* from_heap(size_t bytes, size_t alignment) {
    if (alignment < sizeof(Header)) alignment = sizeof(Header);
    auto* start = static_cast<std::byte*>(
        std::aligned_alloc(alignment, (alignment + bytes + alignment - 1) / alignment * alignment));
    return start == nullptr ? nullptr : mark(start + alignment, {Header::Kind::heap, start, 0, nullptr});
  }
  static void* from_driver(size_t bytes) {
    void* start = nullptr;
    if (cudaMallocManaged(&start, sizeof(Header) + bytes) != cudaSuccess) return nullptr;
    return mark(static_cast<std::byte*>(start) + sizeof(Header), {Header::Kind::separate, start, 0, nullptr});
  }
  void* from_region(size_t bytes) {
    const int power = std::bit_width(sizeof(Header) + bytes - 1);
    if (Header* header = free_[power]; header != nullptr) {
      free_[power] = header->next;
      return header + 1;
    }
    if (static_cast<size_t>(end_ - next_) < size_t{1} << power) return nullptr;
    std::byte* start = next_;
    next_ += size_t{1} << power;
    return mark(start + sizeof(Header), {Header::Kind::region, start, power, nullptr});
  }
  static void* mark(std::byte* block, const Header& header) {
    reinterpret_cast<Header*>(block)[-1] = header;
    return block;
  }

  void open() {
    opened_ = true;
    const char* separate = std::getenv("SERENE_TEST_SEPARATE");
    separate_ = separate != nullptr && *separate == '1';
    void* region = nullptr;
    if (cudaMallocManaged(&region, kRegion) != cudaSuccess) return;
    begin_ = next_ = static_cast<std::byte*>(region);
    end_ = begin_ + kRegion;
  }

  static inline thread_local bool entered_ = false;
  std::mutex mutex_;
  bool opened_ = false, separate_ = false;
  std::byte *begin_ = nullptr, *next_ = nullptr, *end_ = nullptr;
  std::array<Header*, 64> free_{};
};

// Never destroyed: what static destructors delete comes later.
ManagedHeap& heap() {
  alignas(ManagedHeap) static std::byte place[sizeof(ManagedHeap)];
  static auto* const made = new (place) ManagedHeap;
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
