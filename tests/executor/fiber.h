// One thread of a block on the host: a stack of its own and a switch between stacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#if !defined(__x86_64__) && !defined(SERENE_FIBER_UCONTEXT)
#define SERENE_FIBER_UCONTEXT
#endif
#if defined(SERENE_FIBER_UCONTEXT)
#include <ucontext.h>
#endif

namespace serene::executor {

// What a fiber resumes from. On x86-64 the saved stack pointer, all else lies on the stack; elsewhere
// ucontext, which makes a system call per switch and is ten times slower.
class Context {
 public:
  // The next switch to this context calls `entry`, which must never return.
  void prepare(std::byte* stack, size_t bytes, void (*entry)());
  // Leaves `from` and continues `to`. Floating-point control is not saved: kernels do not change it.
  static void switch_to(Context& from, Context& to);

 private:
#if defined(SERENE_FIBER_UCONTEXT)
  ucontext_t state_{};
#else
  void* stack_pointer_ = nullptr;
#endif
};

// Stacks with an inaccessible page below each, mapped when first asked for and kept: an overflow is a fault
// at once, not another thread's broken variables.
class FiberStacks {
 public:
  // Deep enough for kernels with large local arrays; pages that are not touched cost nothing.
  static constexpr size_t kBytes = 256 * 1024;

  FiberStacks() = default;
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;
  ~FiberStacks();

  // Makes sure of stacks 0 to count - 1. Throws Error(out_of_memory).
  void reserve(size_t count);
  std::byte* stack(size_t i) const { return stacks_[i]; }
  // Whether the address lies between the lowest stack and the highest.
  bool near(uintptr_t address) const { return address >= begin_ && address < end_; }

 private:
  std::vector<std::byte*> stacks_;
  uintptr_t begin_ = UINTPTR_MAX, end_ = 0;
};

}  // namespace serene::executor
