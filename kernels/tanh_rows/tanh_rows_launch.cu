#include "kernels/common/back_ends.h"
#include "kernels/tanh_rows/tanh_rows.h"
#include "kernels/tanh_rows/tanh_rows_kernel.cuh"

namespace serene {
namespace {

void tanh_rows_launch(const TanhRowsArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  const TanhRowsKernelArgs all{args.x.data,      args.y.data, args.x.stride[0],
                               args.y.stride[0], rows,        static_cast<int>(c)};
  const gpu::RowGrid grid = gpu::row_grid(1, rows, c);
  gpu::launch(tanh_rows_kernel, grid.grid, grid.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &tanh_rows_launch);

}  // namespace
}  // namespace serene
