#include "kernels/common/back_ends.h"
#include "kernels/zero_border/zero_border.h"
#include "kernels/zero_border/zero_border_kernel.cuh"

namespace serene {
namespace {

void zero_border_launch(const ZeroBorderArgs& args, const Stream& stream) {
  const View<float, 4>& y = args.y;
  const int64_t batch = y.size(0), frames = y.size(1), bins = y.size(2), c = y.size(3);
  const int64_t whole = args.before_t + args.after_t, sides = args.before_f + args.after_f;
  const int64_t rows = whole * bins + (frames - whole) * sides;
  if (batch * rows * c == 0) return;
  const bool wide = gpu::in_fours(y);
  ZeroBorderKernelArgs kernel;
  kernel.y = y.data;
  kernel.y_batch = y.stride[0];
  kernel.y_frame = y.stride[1];
  kernel.y_bin = y.stride[2];
  kernel.batch = static_cast<int>(batch);
  kernel.frames = static_cast<int>(frames);
  kernel.bins = static_cast<int>(bins);
  kernel.lanes = static_cast<int>(wide ? c / 4 : c);
  kernel.before_t = static_cast<int>(args.before_t);
  kernel.after_t = static_cast<int>(args.after_t);
  kernel.before_f = static_cast<int>(args.before_f);
  kernel.after_f = static_cast<int>(args.after_f);
  kernel.rows = static_cast<int>(rows);
  const gpu::RowGrid shape = gpu::row_grid(batch, rows, kernel.lanes);
  gpu::launch(wide ? zero_border_kernel<float4> : zero_border_kernel<float>, shape.grid, shape.block, 0,
              stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &zero_border_launch);

}  // namespace
}  // namespace serene
