#include "kernels/common/back_ends.h"
#include "kernels/position_gate/position_gate.h"
#include "kernels/position_gate/position_gate_kernel.cuh"

namespace serene {
namespace {

void position_gate_launch(const PositionGateArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  PositionGateKernelArgs all{};
  all.x = args.x.data;
  all.weight = args.weight.data;
  all.bias = args.bias.data;
  all.scale = args.scale.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.y_stride = args.y.stride[0];
  all.rows = args.x.size(0);
  all.heads = static_cast<int>(args.scale.size(0));
  all.inputs = static_cast<int>(args.weight.size(1));
  const gpu::RowGrid rows = gpu::row_grid(1, all.rows, all.heads);
  gpu::launch(position_gate_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &position_gate_launch);

}  // namespace
}  // namespace serene
