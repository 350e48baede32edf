// Where buffers come from: the host, or a device that a model's weights live on.
#pragma once

#include <cstddef>
#include <new>

namespace serene {

class Memory {
 public:
  static constexpr size_t kAlignment = 64;

  virtual ~Memory() = default;
  // At least kAlignment aligned, and writable by the host. Throws std::bad_alloc or Error(out_of_memory).
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* data) noexcept = 0;
};

class HostMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override { return ::operator new (bytes, std::align_val_t{kAlignment}); }
  void release(void* data) noexcept override { ::operator delete (data, std::align_val_t{kAlignment}); }

  static HostMemory& instance() {
    static HostMemory memory;
    return memory;
  }
};

}  // namespace serene
