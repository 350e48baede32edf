#include "runtime/src/arena.h"

#include <cstring>

#include "kernels/common/error.h"

namespace serene::runtime {

void Arena::poison() {
  if (measuring_) return;
  poisons_ = true;
  std::memset(base_ + used_, 0xFF, capacity_ - used_);
}

void Arena::release(size_t used) {
  if (poisons_) std::memset(base_ + used, 0xFF, used_ - used);
  used_ = used;
}

std::byte* Arena::take_bytes(size_t bytes) {
  const size_t rounded =
      (bytes + AlignedBuffer::kAlignment - 1) / AlignedBuffer::kAlignment * AlignedBuffer::kAlignment;
  if (rounded > capacity_ - used_) throw Error(ErrorKind::internal, "arena: more taken than was planned");
  std::byte* memory = base_ + used_;
  used_ += rounded;
  peak_ = std::max(peak_, used_);
  return memory;
}

}  // namespace serene::runtime
