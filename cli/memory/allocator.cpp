// The program's malloc and operator new: those of the C library, or of whatever is preloaded, and where these
// give nothing, a reserve. A block of moderate size never fails: it is had from the reserve, or the program
// ends in one line. What fails is large: samples, models, lists. That costs a row or ends a command in order.
//
// The reason: most of what the program is built on cannot survive a failed allocation. nlohmann's trees
// allocate in their destructor, which may not throw; soxr goes on with null pointers; static constructors run
// before main.
#include <dlfcn.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "cli/memory/last_words.h"
#include "cli/memory/reserve.h"

using serene::cli::reserve;

namespace {

// Of C, whose code does not look, and of C++.
constexpr size_t kLargestMalloc = 1 << 20, kLargestNew = 1 << 14;

// Before any other static constructor.
[[gnu::constructor(101)]] void at_start() { serene::cli::catch_uncaught(); }

// The allocator that the program would have without this file.
struct Allocator {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void (*free)(void*);
  size_t (*usable_size)(void*);
};

template <class Function>
void look_up(Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Null while it is looked up, which may allocate. That is at the first allocation, when there is one thread.
const Allocator* next_allocator() noexcept {
  static constinit Allocator next{};
  static constinit enum { kUnknown, kLookingUp, kKnown } state = kUnknown;
  if (state == kUnknown) {
    state = kLookingUp;
    look_up(next.malloc, "malloc");
    look_up(next.calloc, "calloc");
    look_up(next.realloc, "realloc");
    look_up(next.free, "free");
    look_up(next.usable_size, "malloc_usable_size");
    state = kKnown;
  }
  return state == kKnown ? &next : nullptr;
}

// Null for what is larger than `largest`.
void* from_reserve(size_t bytes, size_t largest) noexcept {
  if (bytes > largest) {
    errno = ENOMEM;
    return nullptr;
  }
  if (void* block = reserve.take(bytes)) return block;
  serene::cli::end_out_of_memory();
}

void* allocate(size_t bytes, size_t largest) noexcept {
  const Allocator* next = next_allocator();
  void* block = next == nullptr ? nullptr : next->malloc(bytes);
  return block != nullptr ? block : from_reserve(bytes, largest);
}

}  // namespace

#define SERENE_EXPORTED extern "C" [[gnu::visibility("default")]]

SERENE_EXPORTED void* malloc(size_t bytes) noexcept { return allocate(bytes, kLargestMalloc); }

SERENE_EXPORTED void* calloc(size_t count, size_t size) noexcept {
  const Allocator* next = next_allocator();
  void* block = next == nullptr ? nullptr : next->calloc(count, size);
  if (block != nullptr) return block;
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  block = from_reserve(bytes, kLargestMalloc);
  return block == nullptr ? nullptr : std::memset(block, 0, bytes);
}

SERENE_EXPORTED void free(void* block) noexcept {
  if (reserve.owns(block)) {
    reserve.give_back(block);
  } else if (const Allocator* next = next_allocator()) {
    next->free(block);
  }
}

SERENE_EXPORTED size_t malloc_usable_size(void* block) noexcept {
  if (reserve.owns(block)) return reserve.size_of(block);
  const Allocator* next = next_allocator();
  return next == nullptr ? 0 : next->usable_size(block);
}

SERENE_EXPORTED void* realloc(void* block, size_t bytes) noexcept {
  if (block == nullptr) return malloc(bytes);
  const bool is_reserved = reserve.owns(block);
  if (!is_reserved) {
    const Allocator* next = next_allocator();
    void* larger = next == nullptr ? nullptr : next->realloc(block, bytes);
    if (larger != nullptr || bytes == 0) return larger;
  }
  void* moved = is_reserved ? malloc(bytes) : from_reserve(bytes, kLargestMalloc);
  if (moved == nullptr) return nullptr;
  const size_t held = malloc_usable_size(block);
  std::memcpy(moved, block, held < bytes ? held : bytes);
  free(block);
  return moved;
}

SERENE_EXPORTED void* reallocarray(void* block, size_t count, size_t size) noexcept {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  return realloc(block, bytes);
}

void* operator new(size_t bytes) {
  if (void* block = allocate(bytes, kLargestNew)) return block;
  throw std::bad_alloc();
}

void operator delete(void* block) noexcept { free(block); }
void operator delete(void* block, size_t) noexcept { free(block); }
