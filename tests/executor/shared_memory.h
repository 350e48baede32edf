// The shared memory of the block that runs: static arrays and the dynamic one, apart from one another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace serene::executor {

class SharedMemory {
 public:
  struct Array {
    const void* key;  // address that is one for each declaration and instantiation
    const char* name;
    size_t begin, bytes;  // offset in the arena
  };

  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // Forgets the last block's arrays. `static_bytes` is what the kernel declares (kernel_shared.h).
  void begin_block(size_t static_bytes, size_t dynamic_bytes);
  // The array declared at `key`: the first thread of a block to come by lays it out, filled with 0xFF, the
  // others find it. Returns null and sets `error` where the kernel does not declare it.
  void* array(const void* key, const char* name, size_t bytes, std::string& error);
  void* dynamic(std::string& error);

  bool contains(uintptr_t address) const { return address - base() < kArena; }
  size_t offset(uintptr_t address) const { return address - base(); }
  // Null for the bands between arrays.
  const Array* find(size_t offset) const;
  // "4 bytes past the end of shared array 'tile' (64 bytes)"
  std::string describe(size_t offset) const;
  // Text of the first band that was written to, or nothing.
  std::string damaged_band() const;

  static constexpr size_t kArena = 512 * 1024;

 private:
  // Arrays start at multiples of what bulk copies and swizzles want; a band as wide lies between two.
  static constexpr size_t kAlignment = 1024;

  uintptr_t base() const { return reinterpret_cast<uintptr_t>(arena_); }
  void* add(const void* key, const char* name, size_t bytes);

  std::byte* arena_;
  std::vector<Array> arrays_;
  size_t end_ = 0;         // of the part in use, the last band counted in
  size_t static_end_ = 0;  // of the static arrays, as a GPU packs them
  size_t static_bytes_ = 0, dynamic_bytes_ = 0;
};

}  // namespace serene::executor
