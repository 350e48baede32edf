#include "kernels/common/back_ends.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/pointwise/pointwise_kernel.cuh"

namespace serene {
namespace {

void pointwise_launch(const PointwiseArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  PointwiseKernelArgs all{};
  all.x = args.x.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.y_stride = args.y.stride[0];
  all.rows = rows;
  all.channels = static_cast<int>(c);
  all.function = args.function;
  all.low = args.low;
  all.high = args.high;
  const gpu::RowGrid grid = gpu::row_grid(1, rows, c);
  gpu::launch(pointwise_kernel, grid.grid, grid.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &pointwise_launch);

}  // namespace
}  // namespace serene
