#include "kernels/common/thread_pool.h"

#include <unistd.h>

#include <cfenv>
#include <memory>
#include <string>
#include <system_error>

#include "kernels/common/error.h"

namespace serene {
namespace {

constexpr uint32_t kOpen = 1u << 31, kStop = 1u << 30;

// Some 20 us: what lies between the loops of a network of small ops. To sleep and be woken takes longer than
// most of them do; a thread that has nothing to do for longer must not keep a core from others.
constexpr int kSpins = 512;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

template <class Condition>
bool spin_until(Condition&& condition) {
  for (int i = 0; i < kSpins; ++i) {
    if (condition()) return true;
    pause();
  }
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int threads) : size_(threads < 1 ? 1 : threads), process_(getpid()) {
  threads_.reserve(size_ - 1);
  try {
    for (int worker = 1; worker < size_; ++worker) {
      threads_.emplace_back([this, worker] { worker_loop(worker); });
    }
  } catch (const std::system_error& error) {
    const size_t started = threads_.size() + 1;
    stop();
    throw Error(ErrorKind::device, "cpu: cannot start thread " + std::to_string(started + 1) + " of " +
                                       std::to_string(size_) + ": " + error.code().message());
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  if (process_ == getpid()) {
    state_.store(kStop);
    state_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  } else {
    // A forked child has none of these threads, and their handles may by now be those of threads that it
    // started: they are forgotten, neither joined nor detached.
    for (std::thread& thread : threads_) std::construct_at(&thread);
  }
}

void ThreadPool::take_tasks(int worker) {
  for (int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) function_(body_, i, worker);
}

void ThreadPool::run(int64_t count, Function function, void* body) {
  if (count <= 0) return;
  if (size_ == 1 || count == 1) {
    for (int64_t i = 0; i < count; ++i) function(body, i, 0);
    return;
  }
  function_ = function;
  body_ = body;
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  // In one order with notify_all's look at who sleeps, as are the other changes that threads sleep on: else
  // it may come before, and miss one that goes to sleep by the old value.
  state_.store(kOpen);
  state_.notify_all();
  take_tasks(0);
  state_.fetch_and(~kOpen, std::memory_order_relaxed);
  const auto all_left = [this] { return state_.load(std::memory_order_acquire) == 0; };
  if (spin_until(all_left)) return;
  for (;;) {
    const uint32_t before = last_left_.load(std::memory_order_acquire);
    if (all_left()) return;
    last_left_.wait(before, std::memory_order_acquire);
  }
}

void ThreadPool::leave() {
  // Whoever finds no task left closes the loop, lest it come in again.
  state_.fetch_and(~kOpen, std::memory_order_relaxed);
  if (state_.fetch_sub(1, std::memory_order_release) != 1) return;
  last_left_.fetch_add(1);
  last_left_.notify_one();
}

void ThreadPool::worker_loop(int worker) {
  // Not that of whoever made the pool: rounding belongs to the result.
  std::fesetenv(FE_DFL_ENV);
  uint32_t state = 0;
  const auto has_work = [&] {
    return ((state = state_.load(std::memory_order_acquire)) & (kOpen | kStop)) != 0;
  };
  for (;;) {
    if (!spin_until(has_work)) {
      state_.wait(state, std::memory_order_acquire);
      continue;
    }
    if ((state & kStop) != 0) return;
    if (!state_.compare_exchange_strong(state, state + 1, std::memory_order_acquire)) continue;
    take_tasks(worker);
    leave();
  }
}

}  // namespace serene
