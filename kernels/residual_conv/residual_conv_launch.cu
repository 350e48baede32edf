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
  all.output = gpu::conv_output_of(args.y);
  gpu::each_conv_grid(args.y, [&](int64_t clip, dim3 grid) {
    ResidualConvKernelArgs part = all;
    part.inner.x += clip * part.inner.stride_b;
    part.shortcut.x += clip * part.shortcut.stride_b;
    part.output.y += clip * part.output.stride_b;
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(residual_conv_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, part);
    });
  });
}

const bool registered = add_back_end(gpu::kDevice, &residual_conv_launch);

}  // namespace
}  // namespace serene
