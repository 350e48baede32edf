#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/residual_conv/residual_conv.h"
#include "kernels/residual_conv/residual_conv_kernel.cuh"

namespace serene {
namespace {

void residual_conv_launch(const ResidualConvArgs& args, const Stream& stream) {
  ResidualConvKernelArgs all{};
  all.inner = gpu::conv_source(args.h, *args.weight);
  all.inner.kernel_t = all.inner.kernel_f = static_cast<int>(args.kernel);
  all.shortcut = gpu::conv_source(args.x, *args.shortcut);
  all.shortcut.step_t = all.shortcut.step_f = static_cast<int>(args.stride);
  all.bias = args.bias;
  all.shortcut_bias = args.shortcut_bias;
  all.stride_b = args.y.stride[0];
  all.stride_t = args.y.stride[1];
  all.stride_f = args.y.stride[2];
  all.width = args.y.size(2);
  all.rows = args.y.size(1) * all.width;
  const int64_t batch = args.y.size(0), channels = args.y.size(3);
  if (all.rows == 0 || channels == 0) return;
  for (int64_t clip = 0; clip < batch; clip += gpu::kMostBlocks) {
    ResidualConvKernelArgs part = all;
    part.inner.x += clip * part.inner.stride_b;
    part.shortcut.x += clip * part.shortcut.stride_b;
    part.y = args.y.data + clip * part.stride_b;
    const dim3 grid(static_cast<unsigned>((all.rows + gpu::kConvRows - 1) / gpu::kConvRows),
                    static_cast<unsigned>((channels + gpu::kTileColumns - 1) / gpu::kTileColumns),
                    static_cast<unsigned>(std::min(batch - clip, gpu::kMostBlocks)));
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(residual_conv_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, part);
    });
  }
}

const bool registered = add_back_end(gpu::kDevice, &residual_conv_launch);

}  // namespace
}  // namespace serene
