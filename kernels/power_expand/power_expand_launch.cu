#include "kernels/common/back_ends.h"
#include "kernels/power_expand/power_expand.h"
#include "kernels/power_expand/power_expand_kernel.cuh"

namespace serene {
namespace {

void power_expand_launch(const PowerExpandArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t batch = args.x.size(0), frames = args.x.size(1), bins = args.x.size(2);
  PowerExpandKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.y = args.y.data;
  kernel.power = (1.0 / args.exponent - 1) / 2;
  kernel.batch = static_cast<int>(batch);
  kernel.frames = static_cast<int>(frames);
  kernel.bins = static_cast<int>(bins);
  const gpu::RowGrid shape = gpu::row_grid(batch, frames, bins);
  gpu::launch(power_expand_kernel, shape.grid, shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &power_expand_launch);

}  // namespace
}  // namespace serene
