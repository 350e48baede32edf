#include "kernels/common/back_ends.h"
#include "kernels/frequency_mean/frequency_mean.h"
#include "kernels/frequency_mean/frequency_mean_kernel.cuh"

namespace serene {
namespace {

void frequency_mean_launch(const FrequencyMeanArgs& args, const Stream& stream) {
  constexpr int64_t kThreads = 128;
  if (args.y.numel() == 0) return;
  FrequencyMeanKernelArgs part;
  part.x = args.x.data;
  part.y = args.y.data;
  for (int i = 0; i < 3; ++i) part.x_stride[i] = args.x.stride[i];
  for (int i = 0; i < 2; ++i) part.y_stride[i] = args.y.stride[i];
  part.frames = args.x.size(1);
  part.pieces = static_cast<int>((args.x.size(3) + kThreads - 1) / kThreads);
  part.bins = static_cast<int>(args.x.size(2));
  part.channels = static_cast<int>(args.x.size(3));
  gpu::launch(frequency_mean_kernel, gpu::line_grid(args.x.size(0) * part.frames * part.pieces), kThreads, 0,
              stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &frequency_mean_launch);

}  // namespace
}  // namespace serene
