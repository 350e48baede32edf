// What launches ask of the CUDA runtime.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "kernels/common/error.h"
#include "kernels/common/function_name.h"

namespace serene::gpu {

inline void check_launch(cudaError_t status) {
  if (status != cudaSuccess)
    throw Error(ErrorKind::device, std::string("kernel launch: ") + cudaGetErrorString(status));
}

// Of the thread's current device. For SharedLimits.
class CudaCalls {
 public:
  CudaCalls() { check_launch(cudaGetDevice(&device_)); }
  int device() const { return device_; }
  size_t most_shared() const {
    int bytes = 0;
    check_launch(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device_));
    return static_cast<size_t>(bytes);
  }
  // The compiler has rounded them up.
  size_t static_shared(const void* kernel) const {
    cudaFuncAttributes attributes{};
    check_launch(cudaFuncGetAttributes(&attributes, kernel));
    return attributes.sharedSizeBytes;
  }
  void allow_dynamic(const void* kernel, size_t bytes) const {
    check_launch(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)));
  }
  void prefer_shared(const void* kernel) const {
    check_launch(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                      cudaSharedmemCarveoutMaxShared));
  }
  std::string name(const void* kernel) const {
    const char* symbol = nullptr;
    check_launch(cudaFuncGetName(&symbol, kernel));
    return function_name_of_symbol(symbol);
  }

 private:
  int device_ = 0;
};

}  // namespace serene::gpu
