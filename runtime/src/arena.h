// Working memory of one forward pass, planned before it is taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/view.h"

namespace serene::runtime {

// A stack of buffers. A pass runs twice over the same code: measuring hands out addresses that are never
// touched and notes the high-water mark; then the pass runs in memory of that size.
class Arena {
 public:
  // Measures.
  Arena() = default;
  // Hands out [memory, memory + bytes).
  Arena(std::byte* memory, size_t bytes) : base_(memory), capacity_(bytes), measuring_(false) {}

  // From here on all memory is NaN (0xFF bytes) until written, and again once given back. Host memory only.
  void poison();

  bool measuring() const { return measuring_; }
  size_t peak() const { return peak_; }

  // Uninitialised; released when the scope it was taken in ends. Throws Error(internal) beyond the plan.
  std::byte* take_bytes(size_t bytes);
  template <size_t R>
  View<float, R> take(const std::array<int64_t, R>& shape) {
    View<float, R> view = make_view<R, float>(nullptr, shape);
    view.data = reinterpret_cast<float*>(take_bytes(static_cast<size_t>(view.numel()) * sizeof(float)));
    return view;
  }
  std::span<std::byte> workspace(size_t bytes) { return {take_bytes(bytes), bytes}; }

  // Gives back at its end what was taken since its start.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), used_(arena.used_) {}
    ~Scope() { arena_.release(used_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    size_t used_;
  };

 private:
  void release(size_t used);

  // Anything but null, so that views of a measuring pass pass the checks for null.
  std::byte* base_ = reinterpret_cast<std::byte*>(AlignedBuffer::kAlignment);
  size_t capacity_ = SIZE_MAX / 2;
  bool measuring_ = true, poisons_ = false;
  size_t used_ = 0, peak_ = 0;
};

}  // namespace serene::runtime
