// The functions of ops for devices that a build may or may not have: the executor in tests, CUDA where it was
// built.
//
// An op's launcher (NAME_launch.cu) registers itself when it is linked in, so that the dispatch needs neither
// a macro nor a symbol that may be missing. The CPU is always there and called directly.
#pragma once

#include <array>

#include "kernels/common/stream.h"

namespace serene {

template <class Args>
using OpFunction = void (*)(const Args&, const Stream&);

// By device. Ops are told apart by their argument structs, of which each has its own.
template <class Args>
inline constinit std::array<OpFunction<Args>, 3> back_ends{};

// const bool registered = add_back_end(Device::cuda, &film_launch);
template <class Args>
bool add_back_end(Device device, OpFunction<Args> function) {
  back_ends<Args>[static_cast<size_t>(device)] = function;
  return true;
}

// Throws Error(unsupported) where the build has no such kernel.
template <class Args>
void run_back_end(const char* op, const Args& args, const Stream& stream) {
  const OpFunction<Args> function = back_ends<Args>[static_cast<size_t>(stream.device)];
  if (function == nullptr) no_kernel(op, stream.device);
  function(args, stream);
}

}  // namespace serene
