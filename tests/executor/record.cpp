#include "tests/executor/record.h"

#include <atomic>

#include "kernels/common/error.h"
#include "tests/executor/block.h"
#include "tests/executor/launch.h"

namespace serene::executor {
namespace {

std::atomic<LaunchRecording*> current{nullptr};
std::atomic<LaunchTaker> taker{nullptr};

}  // namespace

LaunchRecording::LaunchRecording() {
  LaunchRecording* nobody = nullptr;
  if (!current.compare_exchange_strong(nobody, this))
    throw Error(ErrorKind::internal, "executor: launches are being recorded already");
}

LaunchRecording::~LaunchRecording() { current = nullptr; }

std::vector<RecordedLaunch> LaunchRecording::launches() const {
  const std::lock_guard guard(mutex_);
  return launches_;
}

void run_again(const RecordedLaunch& launch, const Stream& stream) {
  run_grid(launch.run, launch.arguments.data(), launch.arguments.size(), launch.kernel, launch.grid,
           launch.block, launch.shared_bytes, launch.checked, stream);
}

bool LaunchRecording::active() { return current.load() != nullptr; }

RecordedLaunch record(const KernelCall& call) {
  const auto* arguments = static_cast<const std::byte*>(call.arguments);
  return {call.kernel,
          call.grid,
          call.block,
          call.shared_bytes,
          call.checked,
          call.run,
          {arguments, arguments + call.argument_bytes}};
}

void set_launch_taker(LaunchTaker wanted) { taker = wanted; }

bool taken(const KernelCall& call, const Stream& stream) {
  if (LaunchRecording* const recording = current.load(); recording != nullptr) {
    const std::lock_guard guard(recording->mutex_);
    recording->launches_.push_back(record(call));
    return true;
  }
  const LaunchTaker asked = taker.load();
  return asked != nullptr && asked(call, stream);
}

}  // namespace serene::executor
