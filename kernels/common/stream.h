// Where an op runs. Every op takes one.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/common/thread_pool.h"

namespace serene {

class Observer;

enum class Device { cpu, executor, cuda };

struct Stream {
  Device device = Device::cpu;
  ThreadPool* pool = nullptr;    // cpu: never null; executor: null for one thread
  void* native = nullptr;        // cuda: the cudaStream_t
  Observer* observer = nullptr;  // told of all that runs here, or null (kernels/common/observer.h)
  // cuda, executor: what a block may have of shared memory, in bytes; here a Hopper's.
  size_t most_shared = 227 * 1024;
};

// Scratch memory an op asks for by its *_workspace function; contents before and after mean nothing.
using Workspace = std::span<std::byte>;

// "cpu", "executor", "cuda"
const char* device_name(Device device);

// Thrown by the dispatch of an op that has no kernel for the stream's device.
[[noreturn]] void no_kernel(const char* op, Device device);

}  // namespace serene
