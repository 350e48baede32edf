// Runs a kernel that the host compiler compiled, as a grid of blocks.
#pragma once

#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernels/common/stream.h"
#include "tests/executor/vector_types.h"

namespace serene::executor {

// Kernels of this translation unit tell of every access (tests/executor/check).
#if defined(SERENE_EXECUTOR_CHECKED)
inline constexpr bool kChecked = true;
#else
inline constexpr bool kChecked = false;
#endif

struct KernelCall;

// Blocks are shared out over the stream's pool; checked kernels run on the calling thread. The order of
// blocks and threads is drawn from the environment's SERENE_EXECUTOR_SEED, or 0. Throws Error(internal) that
// names the kernel, the block and what it did; the memory is then in an undefined state.
void run_grid(const KernelCall& call, const Stream& stream);

// run_grid with the call taken apart, so that kernels need not see what a block is made of.
void run_grid(void (*run)(const void*), const void* arguments, size_t argument_bytes, const void* kernel,
              dim3 grid, dim3 block, size_t shared_bytes, bool checked, const Stream& stream);

template <class... Parameters, class... Arguments>
void start(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, const Stream& stream,
           Arguments&&... arguments) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "kernel arguments are copied as bytes");
  using Packed = std::tuple<void (*)(Parameters...), std::tuple<Parameters...>>;
  const Packed packed(kernel, std::tuple<Parameters...>(std::forward<Arguments>(arguments)...));
  run_grid(
      [](const void* p) {
        std::apply(std::get<0>(*static_cast<const Packed*>(p)), std::get<1>(*static_cast<const Packed*>(p)));
      },
      &packed, sizeof(packed), reinterpret_cast<const void*>(kernel), grid, block, shared_bytes, kChecked,
      stream);
}

}  // namespace serene::executor
