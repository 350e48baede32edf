#include "cli/memory/reserve.h"

#include <algorithm>

namespace serene::cli {

// There before anything is constructed, and to the end.
constinit Reserve reserve;

void* Reserve::take(size_t bytes) noexcept {
  if (bytes > store_.size()) return nullptr;
  const size_t wanted = std::max<size_t>(1, (bytes + kCell - 1) / kCell);
  const std::lock_guard lock(mutex_);
  size_t free = 0;
  for (size_t cell = 0; cell < kCells; ++cell) {
    free = cells_[cell] == 0 ? free + 1 : 0;
    if (free < wanted) continue;
    const size_t first = cell + 1 - wanted;
    std::fill_n(&cells_[first], wanted, kInside);
    cells_[first] = static_cast<uint16_t>(wanted);
    used_ += wanted;
    return &store_[first * kCell];
  }
  return nullptr;
}

size_t Reserve::first_of(const void* block) const noexcept {
  return static_cast<size_t>(static_cast<const std::byte*>(block) - store_.data()) / kCell;
}

size_t Reserve::size_of(const void* block) const noexcept {
  const std::lock_guard lock(mutex_);
  return cells_[first_of(block)] * kCell;
}

void Reserve::give_back(void* block) noexcept {
  const std::lock_guard lock(mutex_);
  const size_t first = first_of(block), count = cells_[first];
  std::fill_n(&cells_[first], count, uint16_t{0});
  used_ -= count;
}

bool Reserve::is_low() const noexcept {
  const std::lock_guard lock(mutex_);
  return used_ >= kCells / 2;
}

}  // namespace serene::cli
