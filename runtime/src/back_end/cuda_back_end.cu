// An NVIDIA GPU as a device. The CUDA runtime is linked in and looks for the driver itself, so that programs
// start on machines that have none.
#include <cuda_runtime.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/error.h"
#include "kernels/common/gpu/launch.h"
#include "runtime/src/back_end/cuda_check.h"
#include "runtime/src/back_end/cuda_facts.h"
#include "runtime/src/back_end/cuda_timeline.h"
#include "runtime/src/back_end/devices.h"

namespace serene::runtime {
namespace {

constexpr int kOldestMajor = 8;  // Ampere: cp.async, bf16 and tf32 products

class DeviceMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* data = nullptr;
    check(cudaMalloc(&data, bytes), "cudaMalloc");
    return data;
  }
  void release(void* data) noexcept override { cudaFree(data); }
};

// The host's, which kernels reach under the same address, by way of the bus.
class PinnedMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* data = nullptr;
    check(cudaMallocHost(&data, bytes), "cudaMallocHost");
    return data;
  }
  void release(void* data) noexcept override { cudaFreeHost(data); }
};

// Weights are hundreds of small buffers that live and end together: they are cut from a few blocks, which are
// released when the last of them is. The host writes to a copy of each block.
class WeightMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    const size_t size = (bytes + kCut - 1) / kCut * kCut;
    if (size > left_) {
      const size_t block = size > kBlock ? size : kBlock;
      blocks_.push_back({AlignedBuffer(block, device_), AlignedBuffer(block)});
      left_ = block;
    }
    std::byte* data = begin(blocks_.back()) + (blocks_.back().device.bytes() - left_);
    left_ -= size;
    ++buffers_;
    return data;
  }
  void release(void*) noexcept override {
    if (--buffers_ > 0) return;
    blocks_.clear();
    left_ = 0;
  }
  void* host_copy(void* data) override {
    // The latest buffers are those that are written.
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      const auto at = static_cast<size_t>(static_cast<std::byte*>(data) - begin(*block));
      if (at < block->host.bytes()) return static_cast<std::byte*>(block->host.data()) + at;
    }
    throw Error(ErrorKind::internal, "device cuda: weights that are on the device are not written to");
  }
  bool host_reads() const override { return false; }

  void move_to_device(cudaStream_t stream) {
    for (Block& block : blocks_) {
      check(cudaMemcpyAsync(block.device.data(), block.host.data(), block.host.bytes(),
                            cudaMemcpyHostToDevice, stream),
            "cudaMemcpyAsync");
    }
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    for (Block& block : blocks_) block.host = {};
    left_ = 0;
  }

 private:
  static constexpr size_t kCut = 256, kBlock = size_t{8} << 20;

  struct Block {
    AlignedBuffer device, host;  // host: empty once it was copied
  };
  static std::byte* begin(const Block& block) { return static_cast<std::byte*>(block.device.data()); }

  DeviceMemory device_;
  std::vector<Block> blocks_;
  size_t left_ = 0, buffers_ = 0;
};

class CudaGraph final : public Graph {
 public:
  explicit CudaGraph(cudaGraphExec_t graph) : graph_(graph) {}
  ~CudaGraph() override { cudaGraphExecDestroy(graph_); }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  size_t bytes() const override { return bytes_; }
  void took(size_t bytes) { bytes_ = bytes; }
  cudaGraphExec_t get() const { return graph_; }

 private:
  cudaGraphExec_t graph_;
  size_t bytes_ = 0;
};

constexpr size_t kLeastNodeBytes = 1024;  // of a kernel's launch with its arguments

// Orders streams, and the host after them.
class CudaEvent final : public Event {
 public:
  CudaEvent() {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  }
  ~CudaEvent() override { cudaEventDestroy(event_); }
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;

  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "cudaEventRecord"); }
  // What comes later in `stream` waits for it.
  void hold(cudaStream_t stream) { check(cudaStreamWaitEvent(stream, event_, 0), "cudaStreamWaitEvent"); }
  void wait() { check(cudaEventSynchronize(event_), "cudaEventSynchronize"); }

 private:
  cudaEvent_t event_ = nullptr;
};

class CudaStream {
 public:
  CudaStream() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  }
  ~CudaStream() { cudaStreamDestroy(stream_); }
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// What a device needs to be there; made once the device was found to be good.
struct Lanes {
  CudaStream compute, up, down;
  CudaEvent uploaded, computed;
};

size_t free_bytes() {
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return free;
}

class CudaBackEnd final : public BackEnd {
 public:
  explicit CudaBackEnd(int index) : index_(index) {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0) {
      throw Error(ErrorKind::device,
                  std::string("device cuda: no GPU: ") +
                      (status == cudaSuccess ? "none found" : cudaGetErrorString(status)) +
                      "; needs an NVIDIA GPU of compute capability 8.0 or later and a driver for CUDA 13");
    }
    if (index < 0 || index >= count) {
      throw Error(ErrorKind::device, "device cuda:" + std::to_string(index) + ": there are " +
                                         std::to_string(count) + " GPUs, counted from 0");
    }
    cudaDeviceProp device{};
    check(cudaGetDeviceProperties(&device, index), "cudaGetDeviceProperties");
    name_ = "cuda:" + std::to_string(index) + " " + device.name;
    if (device.major < kOldestMajor) {
      throw Error(ErrorKind::device, "device " + name_ + ": compute capability " +
                                         std::to_string(device.major) + "." + std::to_string(device.minor) +
                                         ", wanted 8.0 or later");
    }
    check(cudaSetDevice(index), "cudaSetDevice");
    lanes_.emplace();
    stream_ = {gpu::kDevice, nullptr, lanes_->compute};
    stream_.most_shared = device.sharedMemPerBlockOptin;
  }
  ~CudaBackEnd() override { cudaSetDevice(index_); }

  const Stream& stream() const override { return stream_; }
  const std::string& name() const override { return name_; }
  int64_t most_clips() const override { return 32; }
  void enter() override { check(cudaSetDevice(index_), "cudaSetDevice"); }

  Memory& weights() override { return weights_; }
  void weights_are_written() override { weights_.move_to_device(lanes_->compute); }
  Memory& working() override { return working_; }
  Memory& visible() override { return staging_; }
  Memory& staging() override { return staging_; }

  void upload(void* to, const void* from, size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, lanes_->up), "cudaMemcpyAsync");
    lanes_->uploaded.record(lanes_->up);
    lanes_->uploaded.hold(lanes_->compute);
  }
  void download(void* to, const void* from, size_t bytes) override {
    lanes_->computed.record(lanes_->compute);
    lanes_->computed.hold(lanes_->down);
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, lanes_->down), "cudaMemcpyAsync");
  }
  void copy(void* to, const void* from, size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, lanes_->compute), "cudaMemcpyAsync");
  }
  std::unique_ptr<Event> event() override { return std::make_unique<CudaEvent>(); }
  void mark(Event& moment) override { static_cast<CudaEvent&>(moment).record(lanes_->down); }
  void wait(Event& moment) override { static_cast<CudaEvent&>(moment).wait(); }
  void finish() override {
    for (const CudaStream* stream : {&lanes_->up, &lanes_->compute, &lanes_->down})
      check(cudaStreamSynchronize(*stream), "cudaStreamSynchronize");
  }

  std::unique_ptr<Graph> capture(const std::function<void()>& launches) override {
    const cudaStream_t stream = lanes_->compute;
    const size_t free_before = free_bytes();
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    cudaGraph_t graph = nullptr;
    try {
      launches();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
    size_t nodes = 0;
    cudaGraphGetNodes(graph, nullptr, &nodes);
    cudaGraphExec_t executable = nullptr;
    const cudaError_t status = cudaGraphInstantiate(&executable, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "cudaGraphInstantiate");
    auto kept = std::make_unique<CudaGraph>(executable);
    check(cudaGraphUpload(executable, stream), "cudaGraphUpload");
    // Off by what others allocate meanwhile; and a driver may take it from what it holds already.
    const size_t free_after = free_bytes(), seen = free_before > free_after ? free_before - free_after : 0;
    kept->took(std::max(seen, nodes * kLeastNodeBytes));
    return kept;
  }
  void launch(Graph& graph) override {
    check(cudaGraphLaunch(static_cast<CudaGraph&>(graph).get(), lanes_->compute), "cudaGraphLaunch");
  }

  std::unique_ptr<Timeline> timeline() override { return std::make_unique<CudaTimeline>(lanes_->compute); }
  KernelFacts kernel_facts(const void* kernel) const override { return cuda_kernel_facts(kernel); }
  Peaks peaks(Precision precision) override { return cuda_peaks(index_, precision); }

 private:
  int index_;
  std::string name_;
  std::optional<Lanes> lanes_;
  Stream stream_;
  WeightMemory weights_;
  DeviceMemory working_;
  PinnedMemory staging_;
};

std::unique_ptr<BackEnd> open(const DeviceOptions& options) {
  return std::make_unique<CudaBackEnd>(options.device_index);
}

const bool registered = add_device(gpu::kDevice, &open);

}  // namespace
}  // namespace serene::runtime
