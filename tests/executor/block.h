// One block of a grid: its threads as fibers on one OS thread, in a random order that a seed repeats.
//
// A thread runs until it waits, for a barrier or for its warp, or ends. Then another that is ready runs. When
// none is ready and not all have ended, some wait for what will not come: an error, never a hang.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "tests/executor/async_copies.h"
#include "tests/executor/check/shadow.h"
#include "tests/executor/fiber.h"
#include "tests/executor/shared_memory.h"
#include "tests/executor/transaction_barriers.h"
#include "tests/executor/vector_types.h"

namespace serene::executor {

using Where = std::source_location;

// A kernel with its arguments, and how it is launched.
struct KernelCall {
  void (*run)(const void* arguments) = nullptr;
  const void* arguments = nullptr;
  size_t argument_bytes = 0;
  const void* kernel = nullptr;  // for its name
  dim3 grid, block;
  size_t shared_bytes = 0;  // dynamic
  size_t static_bytes = 0;  // of shared arrays that the kernel declares
  bool checked = false;     // compiled with hooks on every access
};

// One lane of a collective: what it gave and where it wants the answer.
struct Lane {
  uint32_t thread = 0;
  void* post = nullptr;  // null for lanes outside the mask
};

// The lanes of one warp that have come to a collective.
struct Gathering {
  const char* what = nullptr;
  Where where;
  uint32_t mask = 0, arrived = 0;
  Lane lanes[32];
};

class Block {
 public:
  Block();
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  // The block whose thread runs on this OS thread; null outside of kernels.
  static Block* current() { return current_; }

  void begin_launch();
  // Runs the block with this index to its end. Returns the error, or nothing.
  std::string run(const KernelCall& call, dim3 index, uint64_t seed);

  const KernelCall& call() const { return *call_; }
  dim3 index() const { return index_; }
  uint32_t size() const { return size_; }
  uint32_t thread() const { return running_; }
  bool checked() const { return call_->checked; }
  uint3 thread_index(uint32_t thread) const { return threads_[thread].index; }

  // Ends the block with this error. Does not come back.
  [[noreturn]] void fail(std::string text);
  // The same, for an error in what the running thread did: names it.
  [[noreturn]] void fail_here(const std::string& text);

  // __syncthreads and its kin: waits for all threads, returns what they have voted.
  struct Votes {
    int sum = 0;
    bool all = true, any = false;
  };
  Votes barrier(const char* what, bool predicate, Where where);
  // bar.sync and bar.arrive on one of the fifteen others.
  void named_barrier(int id, int threads, bool wait, Where where);

  // Waits until all lanes of the mask have come; the last to arrive runs `compute` for all.
  void collective(const char* what, uint32_t mask, void* post, void (*compute)(Block&, Gathering&),
                  Where where);

  // Lets others run until `ready` says so. `what` is for the error where it never does.
  void wait_until(const char* what, Where where, bool (*ready)(Block&, void*), void* state);

  SharedMemory& shared() { return shared_; }
  AsyncCopies& copies() { return threads_[running_].copies; }
  TransactionBarriers& transaction_barriers() { return transaction_barriers_; }
  RaceDetector& races() { return races_; }
  Cell* shared_cells() { return shared_cells_; }

  bool on_own_stack(uintptr_t address) const {
    return address - reinterpret_cast<uintptr_t>(stacks_.stack(running_)) < FiberStacks::kBytes;
  }
  // 0: not a thread's stack, 1: the running thread's, 2: another's.
  int stack_owner(uintptr_t address) const;
  // "thread (3,0,0)"
  std::string thread_text(uint32_t thread) const;
  // Coordinates of the block that ran in a generation of this launch.
  std::string block_text(uint32_t generation) const;

 private:
  enum class State : uint8_t { ready, waiting, ended };
  struct Thread {
    Context context;
    uint3 index{};
    State state = State::ready;
    const char* what = nullptr;  // it waits for
    Where where;
    bool (*condition)(Block&, void*) = nullptr;
    void* condition_state = nullptr;
    AsyncCopies copies;
  };
  struct ThreadBarrier {
    const char* what = nullptr;
    Where where;
    Votes votes, result;
    std::vector<uint32_t> waiting;
  };
  struct NamedBarrier {
    int wanted = 0, arrived = 0;
    std::vector<uint32_t> waiting, board;
  };

  static void entry();
  void wait(const char* what, Where where);
  void wake(uint32_t thread);
  // Continues a thread that is ready, or the one who called run().
  void switch_away();
  uint32_t take_ready();
  bool wake_by_condition();
  std::string deadlock_text() const;
  std::string threads_text(const std::vector<uint32_t>& threads) const;

  inline static constinit thread_local Block* current_ = nullptr;

  const KernelCall* call_ = nullptr;
  dim3 index_;
  std::vector<dim3> history_;  // blocks of this launch, in the order they ran
  uint32_t size_ = 0, ended_ = 0, running_ = 0;
  uint64_t random_ = 0;
  std::string error_;

  Context outside_;
  FiberStacks stacks_;
  std::vector<Thread> threads_;
  std::vector<uint32_t> ready_;

  ThreadBarrier barrier_;
  NamedBarrier named_[16];
  std::vector<std::vector<Gathering>> gatherings_;  // by warp; those in progress

  SharedMemory shared_;
  TransactionBarriers transaction_barriers_;
  RaceDetector races_;
  Cell* shared_cells_;
};

// "reduce.cuh:40"
std::string place_text(const Where& where);

}  // namespace serene::executor
