// A fixed set of threads that share the tasks of one loop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace serene {

// How a loop is cut into tasks must depend on shapes alone, never on size(): that is what keeps results the
// same bits for every thread count. Calls come from one thread at a time and do not nest.
class ThreadPool {
 public:
  // threads >= 1, the caller counted in.
  explicit ThreadPool(int threads);
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

  int size_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  uint64_t generation_ = 0;
  int busy_ = 0;
  bool stop_ = false;
  Function function_ = nullptr;
  void* body_ = nullptr;
  int64_t count_ = 0;
  std::atomic<int64_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace serene
