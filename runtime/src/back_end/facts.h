// What a device says of itself and of its kernels. Nothing is filled in that it does not say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace serene::runtime {

// The two bounds of a roofline: arithmetic (of a GPU in fp32 alone), memory traffic.
struct Peaks {
  std::optional<double> flop_per_second, bytes_per_second;
};

struct KernelFacts {
  std::string name;                           // "conv2d_kernel<0>"
  std::optional<int> registers;               // of a thread
  std::optional<size_t> static_shared_bytes;  // of a block, besides what its launch asks for
  std::optional<size_t> local_bytes;          // of a thread: spills and arrays
};

}  // namespace serene::runtime
