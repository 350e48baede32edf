#include "kernels/common/back_ends.h"
#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"
#include "kernels/log_sum_exp_pool/log_sum_exp_pool_kernel.cuh"

namespace serene {
namespace {

void log_sum_exp_pool_launch(const LogSumExpPoolArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t c = args.x.size(1);
  const LogSumExpPoolKernelArgs all{args.x.data,        args.y.data,      args.x.stride[0],
                                    args.y.stride[0],   args.clips.clips, args.clips.on_device(),
                                    static_cast<int>(c)};
  const gpu::RowGrid rows = gpu::row_grid(1, all.clips, c);
  gpu::launch(log_sum_exp_pool_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &log_sum_exp_pool_launch);

}  // namespace
}  // namespace serene
