// Every call of the CUDA runtime goes through here.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "kernels/common/error.h"

namespace serene::runtime {

// Throws Error(out_of_memory) or Error(device) naming the call.
inline void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  const bool memory = status == cudaErrorMemoryAllocation;
  // A failed allocation is remembered as the last error, and harms nothing else.
  if (memory) static_cast<void>(cudaGetLastError());
  throw Error(memory ? ErrorKind::out_of_memory : ErrorKind::device,
              std::string("device cuda: ") + call + ": " + cudaGetErrorString(status));
}

}  // namespace serene::runtime
