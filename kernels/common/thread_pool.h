// A fixed set of threads that share the tasks of one loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace serene {

// How a loop is cut into tasks must depend on shapes alone, never on size(): that is what keeps results the
// same bits for every thread count. Calls come from one thread at a time and do not nest.
class ThreadPool {
 public:
  // threads >= 1, the caller counted in. Throws Error(device) where the system starts no more of them.
  explicit ThreadPool(int threads);
  // In a process forked from the one that made the pool, whose threads are not there, it waits for none.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return size_; }

  // Runs task(index, worker) for index in [0, count), worker in [0, size()). Tasks must not throw.
  template <class Task>
  void parallel_for(int64_t count, Task&& task) {
    using Body = std::remove_reference_t<Task>;
    run(
        count, [](void* body, int64_t index, int worker) { (*static_cast<Body*>(body))(index, worker); },
        const_cast<void*>(static_cast<const void*>(&task)));
  }

 private:
  using Function = void (*)(void* body, int64_t index, int worker);
  void run(int64_t count, Function function, void* body);
  void take_tasks(int worker);
  void worker_loop(int worker);
  void leave();
  void stop();

  int size_;
  int process_;
  Function function_ = nullptr;
  void* body_ = nullptr;
  int64_t count_ = 0;
  // How many workers are in the loop, and whether others may still come in. A loop ends when its tasks have,
  // and does not wait for a worker the system has not run yet: that one finds the loop closed.
  alignas(64) std::atomic<uint32_t> state_{0};
  alignas(64) std::atomic<int64_t> next_{0};
  // Counts the workers that were last to leave, for the caller to sleep on: workers sleep on state_.
  alignas(64) std::atomic<uint32_t> last_left_{0};
  std::vector<std::thread> threads_;
};

}  // namespace serene
