#include "kernels/common/back_ends.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/group_norm/group_norm_kernel.cuh"

namespace serene {
namespace {

static_assert(kGroupNormPiece == kGroupNormRows);

void group_norm_launch(const GroupNormArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  GroupNormKernelArgs all{};
  all.x = args.x.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.y_stride = args.y.stride[0];
  all.clips = gpu::ragged_tiles(args.clips, kGroupNormPiece);
  all.weight = args.weight.data;
  all.bias = args.bias.data;
  all.eps = args.eps;
  all.gelu = args.activation == Activation::gelu;
  all.channels = static_cast<int>(args.x.size(1));
  all.sums = reinterpret_cast<double*>(args.workspace.data());
  const dim3 grid(gpu::ragged_grid(args.clips, all.clips),
                  static_cast<unsigned>((args.x.size(1) + kGroupNormColumns - 1) / kGroupNormColumns));
  const dim3 block(kGroupNormColumns, kGroupNormDown);
  gpu::launch(group_norm_sums_kernel, grid, block, 0, stream, all);
  gpu::launch(group_norm_rows_kernel, grid, block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &group_norm_launch);

}  // namespace
}  // namespace serene
