// A store of memory for while the system gives none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace serene::cli {

// Pages of it that are never used cost nothing. Allocates nothing itself; may be used from any thread.
class Reserve {
 public:
  static constexpr size_t kCell = 256, kCells = 16384;  // bytes; 4 MiB in all

  // Aligned for any type of ordinary alignment. Null where no room is left for it.
  void* take(size_t bytes) noexcept;
  // Whether the block is of this store, and how many bytes it has.
  bool owns(const void* block) const noexcept {
    // As numbers: pointers into different objects have no order. What is before the store wraps around.
    return reinterpret_cast<uintptr_t>(block) - reinterpret_cast<uintptr_t>(store_.data()) < store_.size();
  }
  size_t size_of(const void* block) const noexcept;
  void give_back(void* block) noexcept;
  // Half of it is in use: memory does not come back by itself.
  bool is_low() const noexcept;

 private:
  // Of each cell: 0 where it is free, else how many cells the block has that begins here, or kInside.
  static constexpr uint16_t kInside = 0xFFFF;

  size_t first_of(const void* block) const noexcept;

  mutable std::mutex mutex_;
  size_t used_ = 0;  // cells
  std::array<uint16_t, kCells> cells_{};
  alignas(std::max_align_t) std::array<std::byte, kCell * kCells> store_{};
};

// What the program's allocator takes from, see allocator.cpp.
extern Reserve reserve;

}  // namespace serene::cli
