#include "kernels/add_positions/add_positions.h"
#include "kernels/add_positions/add_positions_kernel.cuh"
#include "kernels/common/back_ends.h"

namespace serene {
namespace {

void add_positions_launch(const AddPositionsArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  AddPositionsKernelArgs all{};
  all.x = args.x.data;
  all.table = args.table.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.table_stride = args.table.stride[0];
  all.y_stride = args.y.stride[0];
  all.rows = args.x.size(0);
  all.clips = args.clips.clips;
  all.begin = args.clips.on_device();
  all.channels = static_cast<int>(args.x.size(1));
  const gpu::RowGrid rows = gpu::row_grid(1, all.rows, args.x.size(1));
  gpu::launch(add_positions_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &add_positions_launch);

}  // namespace
}  // namespace serene
