#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/rms_normalize/rms_normalize.h"
#include "kernels/rms_normalize/rms_normalize_kernel.cuh"

namespace serene {
namespace {

void rms_normalize_launch(const RmsNormalizeArgs& args, const Stream& stream) {
  const int64_t batch = args.x.size(0), padded = args.y.size(1);
  if (batch == 0) return;
  RmsNormalizeKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.y = args.y.data;
  kernel.gain = args.gain.data;
  kernel.x_stride = args.x.stride[0];
  kernel.y_stride = args.y.stride[0];
  kernel.gain_stride = args.gain.stride[0];
  kernel.samples = args.x.size(1);
  kernel.padded = padded;
  kernel.max_gain = kMaxGain;
  kernel.batch = static_cast<int>(batch);
  gpu::launch(rms_normalize_gain_kernel, static_cast<unsigned>(batch), kRmsNormalizeThreads, 0, stream,
              kernel);
  constexpr unsigned kThreads = 256;
  const dim3 grid(static_cast<unsigned>((padded + kThreads - 1) / kThreads),
                  static_cast<unsigned>(std::min(batch, gpu::kMostBlocks)));
  gpu::launch(rms_normalize_scale_kernel, grid, kThreads, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &rms_normalize_launch);

}  // namespace
}  // namespace serene
