// Owning, move-only memory aligned for the widest vector loads.
#pragma once

#include <cstddef>
#include <utility>

#include "kernels/common/memory.h"

namespace serene {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = Memory::kAlignment;

  AlignedBuffer() = default;
  // `memory` outlives the buffer.
  explicit AlignedBuffer(size_t bytes, Memory& memory = HostMemory::instance())
      : memory_(&memory), data_(bytes > 0 ? memory.allocate(bytes) : nullptr), bytes_(bytes) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept { swap(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  ~AlignedBuffer() {
    if (data_ != nullptr) memory_->release(data_);
  }

  void* data() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }
  // Where the host writes the contents, see Memory::host_copy.
  void* host_copy() const { return data_ == nullptr ? nullptr : memory_->host_copy(data_); }
  size_t bytes() const { return bytes_; }

 private:
  void swap(AlignedBuffer& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
  }

  Memory* memory_ = nullptr;
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace serene
