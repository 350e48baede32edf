#include <cmath>

#include "kernels/common/back_ends.h"
#include "kernels/position_bias/position_bias.h"
#include "kernels/position_bias/position_bias_kernel.cuh"

namespace serene {
namespace {

void position_bias_launch(const PositionBiasArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  PositionBiasKernelArgs all{};
  all.table = args.table.data;
  all.y = args.y.data;
  all.table_stride = args.table.stride[0];
  all.y_stride = args.y.stride[0];
  all.reach = args.y.size(1) / 2;
  all.half = static_cast<int>(args.table.size(0) / 2);
  all.exact = all.half / 2;
  all.heads = static_cast<int>(args.table.size(1));
  all.growth = std::log(static_cast<double>(args.largest) / all.exact);
  const int64_t blocks = (args.y.size(1) + kPositionBiasThreads - 1) / kPositionBiasThreads;
  gpu::launch(position_bias_kernel, gpu::line_grid(blocks), kPositionBiasThreads, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &position_bias_launch);

}  // namespace
}  // namespace serene
