#include "runtime/src/back_end/cuda_timeline.h"

#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#endif

#include "runtime/src/back_end/cuda_check.h"

namespace serene::runtime {
namespace {

// Some toolkits come without NVTX, which is headers alone and does nothing where no tool listens.
#if __has_include(<nvtx3/nvToolsExt.h>)
void push_range(const char* name) { nvtxRangePushA(name); }
void pop_range() noexcept { nvtxRangePop(); }
#else
void push_range(const char*) {}
void pop_range() noexcept {}
#endif

}  // namespace

CudaTimeline::~CudaTimeline() {
  for (cudaEvent_t event : events_) cudaEventDestroy(event);
}

void CudaTimeline::mark() noexcept {
  if (failure_ == cudaSuccess && marks_ == events_.size()) {
    cudaEvent_t event = nullptr;
    failure_ = cudaEventCreate(&event);
    if (failure_ == cudaSuccess) events_.push_back(event);
  }
  if (failure_ == cudaSuccess) failure_ = cudaEventRecord(events_[marks_], stream_);
  ++marks_;
}

void CudaTimeline::begin(const std::string& name) {
  push_range(name.empty() ? "kernel" : name.c_str());
  mark();
}

void CudaTimeline::end() noexcept {
  mark();
  pop_range();
}

std::vector<double> CudaTimeline::take() {
  const size_t marks = marks_;
  marks_ = 0;
  const cudaError_t failure = failure_;
  failure_ = cudaSuccess;
  check(failure, "cudaEventRecord");
  std::vector<double> seconds;
  seconds.reserve(marks);
  for (size_t i = 0; i < marks; ++i) {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, events_.front(), events_[i]), "cudaEventElapsedTime");
    seconds.push_back(static_cast<double>(milliseconds) * 1e-3);
  }
  return seconds;
}

}  // namespace serene::runtime
