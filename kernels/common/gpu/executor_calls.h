// What launches ask of the executor: the same as of the CUDA runtime (cuda_calls.h).
#pragma once

#include <string>

#include "kernels/common/error.h"
#include "kernels/common/stream.h"
#include "tests/executor/check/symbolise.h"
#include "tests/executor/kernel_shared.h"

namespace serene::gpu {

// For SharedLimits. Streams whose blocks may have different amounts are on different devices.
class ExecutorCalls {
 public:
  explicit ExecutorCalls(const Stream& stream) : most_(stream.most_shared) {}
  int device() const { return static_cast<int>(most_); }
  size_t most_shared() const { return most_; }
  size_t static_shared(const void* kernel) const { return executor::static_shared_bytes(kernel, 1); }
  void allow_dynamic(const void* kernel, size_t bytes) const {
    if (!executor::allow_dynamic_shared(kernel, bytes, most_))
      throw Error(ErrorKind::device, "kernel launch: " + name(kernel) + ": too much shared memory");
  }
  void prefer_shared(const void* kernel) const { executor::prefer_carve_out(kernel, 100); }
  std::string name(const void* kernel) const { return executor::function_name(kernel); }

 private:
  size_t most_;
};

}  // namespace serene::gpu
