#include "kernels/common/back_ends.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/mean_pool/mean_pool_kernel.cuh"

namespace serene {
namespace {

void mean_pool_launch(const MeanPoolArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t c = args.x.size(1);
  const MeanPoolKernelArgs all{args.x.data,        args.y.data,      args.x.stride[0],
                               args.y.stride[0],   args.clips.clips, args.clips.on_device(),
                               static_cast<int>(c)};
  const gpu::RowGrid rows = gpu::row_grid(1, all.clips, c);
  gpu::launch(mean_pool_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &mean_pool_launch);

}  // namespace
}  // namespace serene
