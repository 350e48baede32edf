#include "kernels/common/back_ends.h"
#include "kernels/copy/copy.h"
#include "kernels/copy/copy_kernel.cuh"

namespace serene {
namespace {

void copy_launch(const CopyArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const bool wide = gpu::in_fours(args.x) && gpu::in_fours(args.y);
  const int64_t batch = args.x.size(0), rows = args.x.size(1) * args.x.size(2), c = args.x.size(3);
  CopyKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.y = args.y.data;
  kernel.x_batch = args.x.stride[0];
  kernel.x_frame = args.x.stride[1];
  kernel.x_bin = args.x.stride[2];
  kernel.y_batch = args.y.stride[0];
  kernel.y_frame = args.y.stride[1];
  kernel.y_bin = args.y.stride[2];
  kernel.batch = static_cast<int>(batch);
  kernel.rows = static_cast<int>(rows);
  kernel.bins = static_cast<int>(args.x.size(2));
  kernel.lanes = static_cast<int>(wide ? c / 4 : c);
  const gpu::RowGrid shape = gpu::row_grid(batch, rows, kernel.lanes);
  gpu::launch(wide ? copy_kernel<float4> : copy_kernel<float>, shape.grid, shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &copy_launch);

}  // namespace
}  // namespace serene
