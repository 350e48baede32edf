// launch(kernel, grid, block, shared_bytes, stream, arguments...): the one way to start a kernel.
//
// Arguments are converted to the kernel's parameter types. shared_bytes is dynamic shared memory, of which a
// block may have all that its device has besides static arrays (shared_limit.h). On a GPU the launch is
// asynchronous; on the executor the grid has run when it returns. Throws Error.
#pragma once

#include <cstddef>
#include <utility>

#include "kernels/common/gpu/shared_limit.h"
#include "kernels/common/stream.h"

#if defined(__CUDACC__)

#include "kernels/common/gpu/cuda_calls.h"
#include "kernels/common/observer.h"

namespace serene::gpu {

// What this compiler's kernels run on, for add_back_end.
inline constexpr Device kDevice = Device::cuda;

// One for the program.
inline SharedLimits<CudaCalls> shared_limits;
inline void allow_shared(const void* kernel, size_t dynamic_bytes, const Stream&) {
  shared_limits.allow(kernel, dynamic_bytes, CudaCalls());
}

template <class... Parameters, class... Arguments>
void start(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, const Stream& stream,
           Arguments&&... arguments) {
  const ObserverScope observed(stream, {reinterpret_cast<const void*>(kernel),
                                        {grid.x, grid.y, grid.z},
                                        {block.x, block.y, block.z},
                                        shared_bytes});
  const auto with = [&](Parameters... values) {
    // The null pointer after them is for kernels without parameters: arrays are not empty.
    void* pointers[] = {static_cast<void*>(&values)..., nullptr};
    check_launch(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, pointers, shared_bytes,
                                  static_cast<cudaStream_t>(stream.native)));
  };
  with(std::forward<Arguments>(arguments)...);
}

}  // namespace serene::gpu

#else

#include "kernels/common/gpu/executor_calls.h"
#include "tests/executor/launch.h"

namespace serene::gpu {

inline constexpr Device kDevice = Device::executor;

inline SharedLimits<ExecutorCalls> shared_limits;
inline void allow_shared(const void* kernel, size_t dynamic_bytes, const Stream& stream) {
  shared_limits.allow(kernel, dynamic_bytes, ExecutorCalls(stream));
}

using executor::start;

}  // namespace serene::gpu

#endif

namespace serene::gpu {

template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, const Stream& stream,
            Arguments&&... arguments) {
  // Static arrays alone need no leave: the compiler holds them to 48 KB.
  if (shared_bytes > 0) allow_shared(reinterpret_cast<const void*>(kernel), shared_bytes, stream);
  start(kernel, grid, block, shared_bytes, stream, std::forward<Arguments>(arguments)...);
}

}  // namespace serene::gpu
