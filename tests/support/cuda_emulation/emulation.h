// A CUDA runtime on the host: streams whose work is done in any order that CUDA allows, kernels run by the
// executor, every call counted and any of them made to fail. One thread's, as one engine's calls are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

namespace serene::test {

struct CudaEmulation {
  // When what was put into a stream is done: at once, as late as a wait allows, or now and then by a seed.
  enum class Order { early, late, random } order = Order::late;
  uint64_t seed = 1;
  // Kernels write nothing where their results do not matter.
  bool run_kernels = true;
  size_t memory = size_t{1} << 40;  // of the device, in bytes
  size_t most_shared = 227 * 1024;  // shared memory of a block at most, in bytes

  // The call of this number, counted from 1, fails: for want of memory where it allocates. Calls that give
  // back are not counted, as a caller could do nothing about it.
  int64_t failing_call = std::numeric_limits<int64_t>::max(), call = 0;
  std::string failed;  // its name
  std::map<std::string, int> calls;

  // Made and not destroyed: streams, events, graphs, buffers.
  int64_t alive = 0;
  size_t used = 0;     // of memory
  size_t waiting = 0;  // copies, launches and graphs put into streams and not done
};

// The process's one. Assign a new one between engines to begin anew.
CudaEmulation& cuda();

}  // namespace serene::test
