#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/conv2d/conv2d_kernel.cuh"

namespace serene {
namespace {

void conv2d_launch(const Conv2dArgs& args, const Stream& stream) {
  Conv2dKernelArgs all{};
  all.source = gpu::conv_source(args.x, *args.weight);
  all.source.kernel_t = static_cast<int>(args.kernel_t);
  all.source.kernel_f = static_cast<int>(args.kernel_f);
  all.source.dilation_t = static_cast<int>(args.dilation_t);
  all.source.step_t = static_cast<int>(args.stride_t);
  all.source.step_f = static_cast<int>(args.stride_f);
  all.bias = args.bias;
  all.relu = args.relu;
  all.output = gpu::conv_output_of(args.y);
  gpu::each_conv_grid(args.y, [&](int64_t clip, dim3 grid) {
    Conv2dKernelArgs part = all;
    part.source.x += clip * part.source.stride_b;
    part.output.y += clip * part.output.stride_b;
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(conv2d_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, part);
    });
  });
}

const bool registered = add_back_end(gpu::kDevice, &conv2d_launch);

}  // namespace
}  // namespace serene
