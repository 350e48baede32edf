#include "kernels/common/back_ends.h"
#include "kernels/power_compress/power_compress.h"
#include "kernels/power_compress/power_compress_kernel.cuh"

namespace serene {
namespace {

void power_compress_launch(const PowerCompressArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t batch = args.x.size(0), frames = args.x.size(1), bins = args.x.size(2);
  PowerCompressKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.y = args.y.data;
  kernel.y_batch = args.y.stride[0];
  kernel.y_frame = args.y.stride[1];
  kernel.y_bin = args.y.stride[2];
  kernel.half_exponent = args.exponent / 2;
  kernel.batch = static_cast<int>(batch);
  kernel.frames = static_cast<int>(frames);
  kernel.bins = static_cast<int>(bins);
  const gpu::RowGrid shape = gpu::row_grid(batch, frames, bins);
  gpu::launch(power_compress_kernel, shape.grid, shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &power_compress_launch);

}  // namespace
}  // namespace serene
