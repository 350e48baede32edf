// Launches written down instead of run: what a program would start, and how, at any size and in no time. They
// can be made later, as a CUDA graph's are.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "kernels/common/stream.h"
#include "tests/executor/vector_types.h"

namespace serene::executor {

struct KernelCall;

// Asked before each launch of the process, on the launching thread; true: it was taken and is not run now.
// May throw, as a launch may fail.
using LaunchTaker = bool (*)(const KernelCall& call, const Stream& stream);
// null: nobody.
void set_launch_taker(LaunchTaker taker);

struct RecordedLaunch {
  const void* kernel;  // function_name (check/symbolise.h) has its name
  dim3 grid, block;
  size_t shared_bytes;  // dynamic
  bool checked;
  void (*run)(const void*);
  std::vector<std::byte> arguments;  // copied when launched
};

RecordedLaunch record(const KernelCall& call);
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

 private:
  friend bool taken(const KernelCall& call, const Stream& stream);
  mutable std::mutex mutex_;
  std::vector<RecordedLaunch> launches_;
};

// For run_grid: whether somebody takes the launch.
bool taken(const KernelCall& call, const Stream& stream);

}  // namespace serene::executor
