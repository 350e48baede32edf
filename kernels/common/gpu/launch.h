// launch(kernel, grid, block, shared_bytes, stream, arguments...): the one way to start a kernel.
//
// Arguments are converted to the kernel's parameter types. On a GPU the launch is asynchronous; on the
// executor the grid has run when it returns. Throws Error.
#pragma once

#include <cstddef>

#include "kernels/common/stream.h"

#if defined(__CUDACC__)

#include <cuda_runtime.h>

#include <string>
#include <utility>

#include "kernels/common/error.h"
#include "kernels/common/observer.h"

namespace serene::gpu {

// What this compiler's kernels run on, for add_back_end.
inline constexpr Device kDevice = Device::cuda;

template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, const Stream& stream,
            Arguments&&... arguments) {
  const auto check = [](cudaError_t status) {
    if (status != cudaSuccess)
      throw Error(ErrorKind::device, std::string("kernel launch: ") + cudaGetErrorString(status));
  };
  // Above 48 KB a kernel has to ask.
  if (shared_bytes > 48 * 1024) {
    check(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                               cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes)));
  }
  const Observed observed(stream, {reinterpret_cast<const void*>(kernel),
                                   {grid.x, grid.y, grid.z},
                                   {block.x, block.y, block.z},
                                   shared_bytes});
  const auto start = [&](Parameters... values) {
    // The null pointer behind is for kernels without parameters: arrays are not empty.
    void* pointers[] = {static_cast<void*>(&values)..., nullptr};
    check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, pointers, shared_bytes,
                           static_cast<cudaStream_t>(stream.native)));
  };
  start(std::forward<Arguments>(arguments)...);
}

}  // namespace serene::gpu

#else

#include "kernels/common/executor/launch.h"

namespace serene::gpu {
inline constexpr Device kDevice = Device::executor;
using executor::launch;
}  // namespace serene::gpu

#endif
