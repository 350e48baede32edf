// Where buffers come from: the host, or a device that a model's weights live on.
#pragma once

#include <cstddef>

namespace serene {

class Memory {
 public:
  static constexpr size_t kAlignment = 64;

  virtual ~Memory() = default;
  // At least kAlignment aligned. Throws std::bad_alloc or Error(out_of_memory).
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* data) noexcept = 0;
  // Where the host writes what is to lie at `data`, the start of an allocation: there, unless only a device
  // reaches it.
  virtual void* host_copy(void* data) { return data; }
  // Whether the host reads at `data`, too: not where only a device does.
  virtual bool host_reads() const { return true; }
};

class HostMemory final : public Memory {
 public:
  // Of several megabytes in huge pages, where the system has them for who asks: a map of 200 MB, read frame
  // by frame or bin by bin, would take more address translations than a core keeps.
  void* allocate(size_t bytes) override;
  void release(void* data) noexcept override;

  static HostMemory& instance() {
    static HostMemory memory;
    return memory;
  }
};

}  // namespace serene
