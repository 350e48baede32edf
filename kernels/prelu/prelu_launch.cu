#include "kernels/common/back_ends.h"
#include "kernels/prelu/prelu.h"
#include "kernels/prelu/prelu_kernel.cuh"

namespace serene {
namespace {

void prelu_launch(const PreluArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const int64_t batch = args.x.size(0), rows = args.x.size(1), c = args.x.size(2);
  const bool wide = gpu::in_fours(args.x.data, c, {args.x.stride[0], args.x.stride[1]}) &&
                    gpu::in_fours(args.slope.data, c, {});
  PreluKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.slope = args.slope.data;
  kernel.batch_stride = args.x.stride[0];
  kernel.row_stride = args.x.stride[1];
  kernel.batch = static_cast<int>(batch);
  kernel.rows = static_cast<int>(rows);
  kernel.lanes = static_cast<int>(wide ? c / 4 : c);
  const gpu::RowGrid shape = gpu::row_grid(batch, rows, kernel.lanes);
  gpu::launch(wide ? prelu_kernel<float4> : prelu_kernel<float>, shape.grid, shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &prelu_launch);

}  // namespace
}  // namespace serene
