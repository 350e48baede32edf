// Launches written down instead of run: what a program would start, and how, at any size and in no time. They
// can be made later, as a CUDA graph's are.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "kernels/common/executor/vector_types.h"
#include "kernels/common/stream.h"

namespace serene::executor {

struct KernelCall;

struct RecordedLaunch {
  const void* kernel;  // function_name (check/symbolise.h) has its name
  dim3 grid, block;
  size_t shared_bytes;  // dynamic
  bool checked;
  void (*run)(const void*);
  std::vector<std::byte> arguments;  // copied when launched
};

// Throws as run_grid does.
void run_again(const RecordedLaunch& launch, const Stream& stream);

// While one lives, no kernel of the process runs; a launch that a GPU would refuse is an error all the same.
// What ops would have written stays as it was. One at a time: throws Error(internal) for a second.
class LaunchRecording {
 public:
  LaunchRecording();
  ~LaunchRecording();
  LaunchRecording(const LaunchRecording&) = delete;
  LaunchRecording& operator=(const LaunchRecording&) = delete;

  // In the order they came.
  std::vector<RecordedLaunch> launches() const;

  // Whether one lives.
  static bool active();
  // For run_grid: writes the launch down, or returns false where nobody records.
  static bool take(const KernelCall& call);

 private:
  mutable std::mutex mutex_;
  std::vector<RecordedLaunch> launches_;
};

}  // namespace serene::executor
