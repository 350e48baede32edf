#include "kernels/common/back_ends.h"
#include "kernels/mask_estimate/mask_estimate.h"
#include "kernels/mask_estimate/mask_estimate_kernel.cuh"

namespace serene {
namespace {

void mask_estimate_launch(const MaskEstimateArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t batch = args.mask.size(0), frames = args.mask.size(1), bins = args.mask.size(2);
  MaskEstimateKernelArgs kernel;
  kernel.mask = args.mask.data;
  kernel.noisy = args.noisy.data;
  kernel.residual = args.residual.data;
  kernel.y = args.y.data;
  kernel.noisy_batch = args.noisy.stride[0];
  kernel.noisy_frame = args.noisy.stride[1];
  kernel.noisy_bin = args.noisy.stride[2];
  kernel.batch = static_cast<int>(batch);
  kernel.frames = static_cast<int>(frames);
  kernel.bins = static_cast<int>(bins);
  const gpu::RowGrid shape = gpu::row_grid(batch, frames, 2 * bins);
  gpu::launch(mask_estimate_kernel, shape.grid, shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &mask_estimate_launch);

}  // namespace
}  // namespace serene
