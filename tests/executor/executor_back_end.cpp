// The host executor as a device, for tests: CUDA's kernels on the CPU, in memory that starts poisoned.
#include <cstring>
#include <vector>

#include "kernels/common/thread_pool.h"
#include "runtime/src/back_end/cpu_back_end.h"
#include "runtime/src/back_end/devices.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/record.h"

namespace serene::runtime {
namespace {

class PoisonedMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* data = HostMemory::instance().allocate(bytes);
    std::memset(data, 0xFF, bytes);  // floats are NaN
    return data;
  }
  void release(void* data) noexcept override { HostMemory::instance().release(data); }
};

struct LaunchList final : Graph {
  std::vector<executor::RecordedLaunch> launches;
  size_t bytes() const override {
    size_t bytes = 0;
    for (const executor::RecordedLaunch& launch : launches) bytes += sizeof(launch) + launch.arguments.size();
    return bytes;
  }
};

class ExecutorBackEnd final : public BackEnd {
 public:
  explicit ExecutorBackEnd(int threads)
      : pool_(thread_count(threads)),
        stream_{Device::executor, &pool_},
        name_("executor" + thread_text(pool_)) {}

  const Stream& stream() const override { return stream_; }
  const std::string& name() const override { return name_; }
  int64_t most_clips() const override { return 4; }
  Memory& weights() override { return memory_; }
  Memory& working() override { return memory_; }
  Memory& visible() override { return memory_; }
  Memory& staging() override { return memory_; }
  bool poisons() const override { return true; }
  void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void copy(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  std::unique_ptr<Graph> capture(const std::function<void()>& launches) override {
    // Who counts launches wants to see them.
    if (executor::LaunchRecording::active()) return nullptr;
    const executor::LaunchRecording recording;
    launches();
    auto graph = std::make_unique<LaunchList>();
    graph->launches = recording.launches();
    return graph;
  }
  void launch(Graph& graph) override {
    for (const executor::RecordedLaunch& launch : static_cast<LaunchList&>(graph).launches)
      executor::run_again(launch, stream_);
  }
  // The host compiler's registers say nothing of a GPU's.
  KernelFacts kernel_facts(const void* kernel) const override {
    KernelFacts facts;
    facts.name = executor::function_name(kernel);
    return facts;
  }

 private:
  ThreadPool pool_;
  Stream stream_;
  std::string name_;
  PoisonedMemory memory_;
};

std::unique_ptr<BackEnd> open(const DeviceOptions& options) {
  return std::make_unique<ExecutorBackEnd>(options.threads);
}

const bool registered = add_device(Device::executor, &open);

}  // namespace
}  // namespace serene::runtime
