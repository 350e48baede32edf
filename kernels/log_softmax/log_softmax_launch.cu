#include "kernels/common/back_ends.h"
#include "kernels/log_softmax/log_softmax.h"
#include "kernels/log_softmax/log_softmax_kernel.cuh"

namespace serene {
namespace {

void log_softmax_launch(const LogSoftmaxArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const LogSoftmaxKernelArgs all{args.x.data,      args.y.data,    args.x.stride[0],
                                 args.y.stride[0], args.x.size(0), static_cast<int>(args.x.size(1))};
  gpu::launch(log_softmax_kernel, gpu::line_grid((all.rows + kLogSoftmaxRows - 1) / kLogSoftmaxRows),
              kLogSoftmaxThreads, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &log_softmax_launch);

}  // namespace
}  // namespace serene
