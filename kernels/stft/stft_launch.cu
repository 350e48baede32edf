#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/stft/stft.h"
#include "kernels/stft/stft_kernel.cuh"

namespace serene {
namespace {

void stft_launch(const StftArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  StftKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.window = args.window.data;
  kernel.y = args.y.data;
  kernel.x_stride = args.x.stride[0];
  kernel.samples = args.x.size(1);
  kernel.frames = args.y.size(1);
  kernel.hop = args.hop;
  kernel.all_frames = args.y.size(0) * args.y.size(1);
  kernel.plan = gpu::real_fft_plan("stft", args.fft->n());
  const unsigned rows = gpu::real_fft_rows(kernel.plan);
  gpu::launch(stft_kernel, gpu::real_fft_grid(kernel.all_frames, rows),
              dim3(gpu::kRealFftThreads / rows, rows), gpu::real_fft_bytes(kernel.plan, rows), stream,
              kernel);
}

const bool registered = add_back_end(gpu::kDevice, &stft_launch);

}  // namespace
}  // namespace serene
