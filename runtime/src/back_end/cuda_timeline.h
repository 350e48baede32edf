// Moments of a CUDA stream: an event for each, and ranges for Nsight.
#pragma once

#include <cuda_runtime.h>

#include "runtime/src/back_end/timeline.h"

namespace serene::runtime {

class CudaTimeline final : public Timeline {
 public:
  // `stream` outlives the timeline.
  explicit CudaTimeline(cudaStream_t stream) : stream_(stream) {}
  ~CudaTimeline() override;
  CudaTimeline(const CudaTimeline&) = delete;
  CudaTimeline& operator=(const CudaTimeline&) = delete;

  void begin(const std::string& name) override;
  void end() noexcept override;
  std::vector<double> take() override;

 private:
  void mark() noexcept;

  cudaStream_t stream_;
  std::vector<cudaEvent_t> events_;  // kept for the next pass
  size_t marks_ = 0;
  cudaError_t failure_ = cudaSuccess;  // the first, which take() throws
};

}  // namespace serene::runtime
