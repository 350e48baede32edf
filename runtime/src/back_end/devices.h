// The devices a program was linked with. The CPU is always there; another's back end registers itself.
#pragma once

#include <memory>

#include "kernels/common/stream.h"
#include "runtime/src/back_end/back_end.h"

namespace serene::runtime {

struct DeviceOptions {
  int threads = 0;       // cpu, executor: 0 for one per core
  int device_index = 0;  // cuda: which of several
};

// Throws Error(device) that says what is missing.
using OpenBackEnd = std::unique_ptr<BackEnd> (*)(const DeviceOptions& options);

// const bool registered = add_device(Device::cuda, &open_cuda);
bool add_device(Device device, OpenBackEnd open);
bool linked_with(Device device);
// Throws Error(device).
std::unique_ptr<BackEnd> open_device(Device device, const DeviceOptions& options);

}  // namespace serene::runtime
