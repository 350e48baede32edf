#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/istft/istft.h"
#include "kernels/istft/istft_kernel.cuh"

namespace serene {
namespace {

void istft_launch(const IstftArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t batch = args.x.size(0), samples = args.y.size(1);
  IstftKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.window = args.window.data;
  kernel.gain = args.gain.data;
  kernel.all = reinterpret_cast<double*>(args.workspace.data());
  kernel.y = args.y.data;
  kernel.gain_stride = args.gain.stride[0];
  kernel.y_stride = args.y.stride[0];
  kernel.samples = samples;
  kernel.frames = args.x.size(1);
  kernel.hop = args.hop;
  kernel.batch = batch;
  kernel.plan = gpu::real_fft_plan("istft", args.fft->n());
  const unsigned rows = gpu::real_fft_rows(kernel.plan);
  gpu::launch(istft_frame_kernel, gpu::real_fft_grid(batch * kernel.frames, rows),
              dim3(gpu::kRealFftThreads / rows, rows), gpu::real_fft_bytes(kernel.plan, rows), stream,
              kernel);
  constexpr unsigned kThreads = 256;
  const dim3 grid(static_cast<unsigned>((samples + kThreads - 1) / kThreads),
                  static_cast<unsigned>(std::min(batch, gpu::kMostBlocks)));
  gpu::launch(istft_overlap_kernel, grid, kThreads, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &istft_launch);

}  // namespace
}  // namespace serene
