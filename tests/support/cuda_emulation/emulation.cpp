#include "tests/support/cuda_emulation/emulation.h"

#include <cuda_runtime.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "kernels/common/error.h"
#include "kernels/common/thread_pool.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/kernel_shared.h"
#include "tests/executor/record.h"

using serene::test::cuda;
using serene::test::CudaEmulation;

struct CUstream_st {
  std::deque<std::function<void()>> queue;
  uint64_t asked = 0, done = 0;
  bool capturing = false;
  std::vector<serene::executor::RecordedLaunch> captured;
};
struct CUevent_st {
  CUstream_st* stream = nullptr;
  uint64_t place = 0;  // done when the stream has done as much
};
struct CUgraph_st {
  std::vector<serene::executor::RecordedLaunch> launches;
};
struct CUgraphExec_st {
  std::vector<serene::executor::RecordedLaunch> launches;
  size_t bytes() const { return launches.size() * 4096; }
};

namespace {

struct State {
  std::vector<CUstream_st*> streams;
  std::set<const CUgraphExec_st*> graphs;
  std::map<void*, size_t> device_buffers;  // which the host must not touch
  std::map<void*, size_t> host_buffers;    // pinned
  bool running = false;                    // what was taken before
};

// Made when first used, which may be before main (tests/support/pinned_heap.cpp), and never destroyed.
State& state() {
  static State& all = *new State;
  return all;
}

serene::ThreadPool& pool() {
  static serene::ThreadPool pool(2);
  return pool;
}

// What would be work for the device may look at its memory.
class OnDevice {
 public:
  OnDevice() { protect(PROT_READ | PROT_WRITE); }
  ~OnDevice() { protect(PROT_NONE); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  static void protect(int access) {
    for (const auto& [data, bytes] : state().device_buffers) {
      if (mprotect(data, bytes, access) != 0) std::abort();
    }
  }
};

bool fails(const char* name) {
  ++cuda().calls[name];
  if (++cuda().call != cuda().failing_call) return false;
  cuda().failed = name;
  return true;
}

void advance(CUstream_st& stream, uint64_t place) {
  while (stream.done < place) {
    const std::function<void()> next = std::move(stream.queue.front());
    stream.queue.pop_front();
    ++stream.done;
    next();
  }
}

uint64_t random_number() {
  uint64_t& state = cuda().seed;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 33;
}

void ask(CUstream_st& stream, std::function<void()> work) {
  stream.queue.push_back(std::move(work));
  ++stream.asked;
  if (cuda().order == CudaEmulation::Order::early) advance(stream, stream.asked);
  if (cuda().order == CudaEmulation::Order::random) {
    CUstream_st& any = *state().streams[random_number() % state().streams.size()];
    advance(any, std::min(any.asked, any.done + random_number() % 16));
  }
}

// Work that copies, launches and graphs are.
void ask_for_work(CUstream_st& stream, std::function<void()> work) {
  ++cuda().waiting;
  ask(stream, [work = std::move(work)] {
    work();
    --cuda().waiting;
  });
}

void run(const serene::executor::RecordedLaunch& launch) {
  state().running = true;
  serene::Stream stream{serene::Device::executor, &pool()};
  stream.most_shared = cuda().most_shared;
  serene::executor::run_again(launch, stream);
  state().running = false;
}

void run_all(std::span<const serene::executor::RecordedLaunch> launches) {
  if (!cuda().run_kernels)
    return;  // nor is any memory opened, which takes longer than the calls that a test is about
  const OnDevice on_device;
  for (const serene::executor::RecordedLaunch& launch : launches) run(launch);
}

bool take(const serene::executor::KernelCall& call, const serene::Stream& stream) {
  if (state().running) return false;
  if (fails("cudaLaunchKernel"))
    throw serene::Error(serene::ErrorKind::device, "kernel launch: cudaLaunchKernel failed as told");
  auto& on = *static_cast<CUstream_st*>(stream.native);
  serene::executor::RecordedLaunch launch = record(call);
  if (on.capturing) {
    on.captured.push_back(std::move(launch));
  } else {
    ask_for_work(on, [launch = std::move(launch)] { run_all({&launch, 1}); });
  }
  return true;
}

const bool taking = [] {
  serene::executor::set_launch_taker(&take);
  return true;
}();

cudaError_t allocate(const char* name, void** data, size_t bytes, bool on_device) {
  if (fails(name)) return cudaErrorMemoryAllocation;
  if (cuda().used + bytes > cuda().memory) return cudaErrorMemoryAllocation;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return cudaErrorMemoryAllocation;
  std::memset(memory, 0xFF, bytes);  // floats are NaN
  if (on_device && mprotect(memory, bytes, PROT_NONE) != 0) std::abort();
  (on_device ? state().device_buffers : state().host_buffers)[memory] = bytes;
  cuda().used += bytes;
  ++cuda().alive;
  *data = memory;
  return cudaSuccess;
}

cudaError_t release(void* data) {
  for (auto* buffers : {&state().device_buffers, &state().host_buffers}) {
    const auto found = buffers->find(data);
    if (found == buffers->end()) continue;
    // As CUDA does: what was asked for may still use it.
    for (CUstream_st* stream : state().streams) advance(*stream, stream->asked);
    munmap(data, found->second);
    cuda().used -= found->second;
    --cuda().alive;
    buffers->erase(found);
    return cudaSuccess;
  }
  std::abort();  // never allocated, or released before
}

template <class T>
cudaError_t make(const char* name, T** made) {
  if (fails(name)) return cudaErrorLaunchFailure;
  *made = new T;
  ++cuda().alive;
  return cudaSuccess;
}

template <class T>
cudaError_t destroy(T* made) {
  delete made;
  --cuda().alive;
  return cudaSuccess;
}

cudaError_t simple(const char* name) { return fails(name) ? cudaErrorLaunchFailure : cudaSuccess; }

}  // namespace

CudaEmulation& serene::test::cuda() {
  static CudaEmulation emulation;
  return emulation;
}

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "out of memory"
         : error == cudaErrorInvalidValue   ? "invalid argument"
                                            : "failed as told";
}
cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return simple("cudaGetDeviceCount");
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"emulation", 9, 0, cuda().most_shared};
  return simple("cudaGetDeviceProperties");
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrComputeCapabilityMajor         ? 9
           : attribute == cudaDevAttrComputeCapabilityMinor       ? 0
           : attribute == cudaDevAttrMaxSharedMemoryPerBlockOptin ? static_cast<int>(cuda().most_shared)
                                                                  : 1000;
  return simple("cudaDeviceGetAttribute");
}
cudaError_t cudaSetDevice(int) { return simple("cudaSetDevice"); }
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return simple("cudaGetDevice");
}
cudaError_t cudaFuncGetName(const char** name, const void* function) {
  static std::map<const void*, std::string> names;
  *name = (names[function] = serene::executor::function_name(function)).c_str();
  return simple("cudaFuncGetName");
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  *attributes = {};
  // As the compiler rounds it for kernels that have dynamic memory, too.
  attributes->sharedSizeBytes = serene::executor::static_shared_bytes(function, 1);
  attributes->maxDynamicSharedSizeBytes =
      static_cast<int>(serene::executor::allowed_dynamic_shared(function, cuda().most_shared));
  attributes->preferredShmemCarveout = serene::executor::preferred_carve_out(function);
  return simple("cudaFuncGetAttributes");
}
cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  if (fails("cudaFuncSetAttribute")) return cudaErrorLaunchFailure;
  if (value < 0) return cudaErrorInvalidValue;
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) {
    if (value > cudaSharedmemCarveoutMaxShared) return cudaErrorInvalidValue;
    serene::executor::prefer_carve_out(function, value);
    return cudaSuccess;
  }
  const bool allowed =
      serene::executor::allow_dynamic_shared(function, static_cast<size_t>(value), cuda().most_shared);
  return allowed ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t cudaMalloc(void** data, size_t bytes) { return allocate("cudaMalloc", data, bytes, true); }
cudaError_t cudaMallocHost(void** data, size_t bytes) {
  return allocate("cudaMallocHost", data, bytes, false);
}
cudaError_t cudaFree(void* data) { return release(data); }
cudaError_t cudaFreeHost(void* data) { return release(data); }
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  *total = cuda().memory;
  *free = cuda().memory - cuda().used;
  return simple("cudaMemGetInfo");
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  if (fails("cudaMemcpyAsync")) return cudaErrorLaunchFailure;
  ask_for_work(*stream, [to, from, bytes] {
    const OnDevice on_device;
    std::memcpy(to, from, bytes);
  });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const cudaError_t status = make("cudaStreamCreateWithFlags", stream);
  if (status == cudaSuccess) state().streams.push_back(*stream);
  return status;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  advance(*stream, stream->asked);
  std::erase(state().streams, stream);
  return destroy(stream);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (fails("cudaStreamSynchronize")) return cudaErrorLaunchFailure;
  advance(*stream, stream->asked);
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (fails("cudaStreamWaitEvent")) return cudaErrorLaunchFailure;
  CUstream_st* const other = event->stream;
  if (other == nullptr) return cudaSuccess;
  ask(*stream, [other, place = event->place] { advance(*other, place); });
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (fails("cudaStreamBeginCapture")) return cudaErrorLaunchFailure;
  stream->capturing = true;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  stream->capturing = false;  // even if it fails
  const std::vector<serene::executor::RecordedLaunch> launches = std::move(stream->captured);
  stream->captured.clear();
  *graph = nullptr;
  const cudaError_t status = make("cudaStreamEndCapture", graph);
  if (status == cudaSuccess) (*graph)->launches = launches;
  return status;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) { return make("cudaEventCreate", event); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return make("cudaEventCreateWithFlags", event);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) { return destroy(event); }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (fails("cudaEventRecord")) return cudaErrorLaunchFailure;
  *event = {stream, stream->asked};
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (fails("cudaEventSynchronize")) return cudaErrorLaunchFailure;
  if (event->stream != nullptr) advance(*event->stream, event->place);
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  // A clock that ticks with each thing done.
  *milliseconds = static_cast<float>(to->place) - static_cast<float>(from->place);
  return simple("cudaEventElapsedTime");
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, size_t* count) {
  *count = graph->launches.size();
  return simple("cudaGraphGetNodes");
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  const cudaError_t status = make("cudaGraphInstantiate", executable);
  if (status != cudaSuccess) return status;
  (*executable)->launches = graph->launches;
  cuda().used += (*executable)->bytes();
  state().graphs.insert(*executable);
  return cudaSuccess;
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return simple("cudaGraphUpload"); }
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  if (fails("cudaGraphLaunch")) return cudaErrorLaunchFailure;
  ask_for_work(*stream, [executable] {
    if (!state().graphs.contains(executable)) std::abort();  // destroyed before it ran
    run_all(executable->launches);
  });
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return destroy(graph); }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  cuda().used -= executable->bytes();
  state().graphs.erase(executable);
  return destroy(executable);
}
