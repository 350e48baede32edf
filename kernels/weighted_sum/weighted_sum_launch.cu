#include "kernels/common/back_ends.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "kernels/weighted_sum/weighted_sum_kernel.cuh"

namespace serene {
namespace {

void weighted_sum_launch(const WeightedSumArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  WeightedSumKernelArgs all{};
  all.x = args.x.data;
  all.logits = args.logits.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.y_stride = args.y.stride[0];
  all.rows = args.x.size(0);
  all.channels = static_cast<int>(args.x.size(1));
  all.states = static_cast<int>(args.logits.size(0));
  all.index = static_cast<int>(args.index);
  all.add = args.add;
  const gpu::RowGrid rows = gpu::row_grid(1, all.rows, args.x.size(1));
  gpu::launch(weighted_sum_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &weighted_sum_launch);

}  // namespace
}  // namespace serene
