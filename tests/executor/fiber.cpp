#include "tests/executor/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "kernels/common/error.h"

#if !defined(SERENE_FIBER_UCONTEXT)
// The System V ABI lets a call destroy every register but these six and the stack pointer.
extern "C" void serene_fiber_switch(void** save, void* load);
asm(R"(
.text
.globl serene_fiber_switch
.hidden serene_fiber_switch
.type serene_fiber_switch, @function
serene_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size serene_fiber_switch, .-serene_fiber_switch
)");
#endif

namespace serene::executor {

#if !defined(SERENE_FIBER_UCONTEXT)

void Context::prepare(std::byte* stack, size_t bytes, void (*entry)()) {
  // From the top: a null return address (where a function expects its caller's, at 8 modulo 16), the address
  // that the switch returns to, six registers.
  void** top = reinterpret_cast<void**>(stack + bytes);
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  stack_pointer_ = top;
}

void Context::switch_to(Context& from, Context& to) {
  serene_fiber_switch(&from.stack_pointer_, to.stack_pointer_);
}

#else

void Context::prepare(std::byte* stack, size_t bytes, void (*entry)()) {
  getcontext(&state_);
  state_.uc_stack.ss_sp = stack;
  state_.uc_stack.ss_size = bytes;
  state_.uc_link = nullptr;
  makecontext(&state_, entry, 0);
}

void Context::switch_to(Context& from, Context& to) { swapcontext(&from.state_, &to.state_); }

#endif

FiberStacks::~FiberStacks() {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  for (std::byte* stack : stacks_) munmap(stack - page, kBytes + page);
}

void FiberStacks::reserve(size_t count) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  while (stacks_.size() < count) {
    void* memory = mmap(nullptr, kBytes + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0) {
      if (memory != MAP_FAILED) munmap(memory, kBytes + page);
      throw Error(ErrorKind::out_of_memory, "executor: no memory for the stacks of a block's threads");
    }
    stacks_.push_back(static_cast<std::byte*>(memory) + page);
    const auto begin = reinterpret_cast<uintptr_t>(stacks_.back());
    begin_ = std::min(begin_, begin);
    end_ = std::max(end_, begin + kBytes);
  }
}

}  // namespace serene::executor
