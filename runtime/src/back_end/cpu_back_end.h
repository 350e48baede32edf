// The CPU: its memory is the host's, and what it is asked for is done when the call returns.
#pragma once

#include "kernels/common/thread_pool.h"
#include "runtime/src/back_end/back_end.h"

namespace serene::runtime {

class CpuBackEnd final : public BackEnd {
 public:
  // threads: 0 for one per core the process may use.
  explicit CpuBackEnd(int threads);

  const Stream& stream() const override { return stream_; }
  const std::string& name() const override { return name_; }
  // Working memory grows with the batch and leaves the cache; threads share a clip well enough.
  int64_t most_clips() const override { return 1; }
  Memory& weights() override { return HostMemory::instance(); }
  Memory& working() override { return HostMemory::instance(); }
  Memory& visible() override { return HostMemory::instance(); }
  Memory& staging() override { return HostMemory::instance(); }
  void upload(void* to, const void* from, size_t bytes) override;
  void download(void* to, const void* from, size_t bytes) override;
  void copy(void* to, const void* from, size_t bytes) override;
  std::unique_ptr<Graph> capture(const std::function<void()>&) override { return nullptr; }
  void launch(Graph&) override {}
  Peaks peaks(Precision precision) override;

 private:
  ThreadPool pool_;
  Stream stream_;
  std::string name_;
};

// ", 2 threads"
std::string thread_text(const ThreadPool& pool);
// One per core the process may use, where `threads` is 0.
int thread_count(int threads);

}  // namespace serene::runtime
