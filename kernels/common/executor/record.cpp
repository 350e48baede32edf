#include "kernels/common/executor/record.h"

#include <atomic>

#include "kernels/common/error.h"
#include "kernels/common/executor/block.h"

namespace serene::executor {
namespace {

std::atomic<LaunchRecording*> current{nullptr};

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

bool LaunchRecording::take(const KernelCall& call) {
  LaunchRecording* const recording = current.load();
  if (recording == nullptr) return false;
  const std::lock_guard guard(recording->mutex_);
  recording->launches_.push_back({call.kernel, call.grid, call.block, call.shared_bytes});
  return true;
}

}  // namespace serene::executor
