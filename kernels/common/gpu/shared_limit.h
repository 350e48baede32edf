// How much shared memory the blocks of a kernel may have.
//
// Without being asked a device gives a block 48 KB, static arrays counted in, and refuses a launch that wants
// more. It is asked once a kernel and device, and for all that it has: two engines may launch a kernel with
// different sizes at the same time.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "kernels/common/error.h"

namespace serene::gpu {

// Calls: what is asked of the driver about the device that launches go to (cuda_calls.h, executor_calls.h).
//   int device()                            which of several
//   size_t most_shared()                    of a block, static and dynamic
//   size_t static_shared(kernel)            rounded up to where dynamic memory begins
//   void allow_dynamic(kernel, bytes)       throws Error
//   void prefer_shared(kernel)              all that a multiprocessor can have, rather than first-level cache
//   std::string name(kernel)                for errors
template <class Calls>
class SharedLimits {
 public:
  // Before a launch with dynamic shared memory. Throws Error(unsupported) where no block can have so much.
  void allow(const void* kernel, size_t dynamic_bytes, const Calls& calls) {
    const size_t most = most_dynamic(kernel, calls);
    if (dynamic_bytes <= most) return;
    const size_t static_bytes = calls.static_shared(kernel);
    throw Error(ErrorKind::unsupported, calls.name(kernel) + ": " + std::to_string(static_bytes) +
                                            " bytes of static and " + std::to_string(dynamic_bytes) +
                                            " of dynamic shared memory, and a block of this device has " +
                                            std::to_string(calls.most_shared()));
  }

 private:
  size_t most_dynamic(const void* kernel, const Calls& calls) {
    const std::pair key(calls.device(), kernel);
    const std::lock_guard lock(mutex_);
    const auto found = most_.find(key);
    if (found != most_.end()) return found->second;
    const size_t most = calls.most_shared() - calls.static_shared(kernel);
    calls.allow_dynamic(kernel, most);
    // Such kernels keep in shared memory what they read again, and are sized for several blocks at a time.
    // Left to itself the driver may split the memory so that fewer fit.
    calls.prefer_shared(kernel);
    return most_[key] = most;
  }

  std::mutex mutex_;
  std::map<std::pair<int, const void*>, size_t> most_;
};

}  // namespace serene::gpu
