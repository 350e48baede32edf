#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/conv2d/conv2d_few_kernel.cuh"
#include "kernels/conv2d/conv2d_kernel.cuh"
#include "kernels/conv2d/conv2d_taps_kernel.cuh"
#include "kernels/conv2d/conv2d_tensor_kernel.cuh"

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
  const bool tensor = args.precision == Precision::bf16 && all.source.aligned && args.x.size(3) % 4 == 0 &&
                      all.source.weights.pairs != nullptr;
  const View<float, 4>& y = args.y;
  all.in_fours = gpu::in_fours(y.data, y.size(3), {y.stride[0], y.stride[1], y.stride[2]}) &&
                 gpu::begin_in_fours(all.bias, {});
  const bool fp32 = args.precision == Precision::fp32;
  const bool few_inputs = fp32 && all.in_fours && all.source.weights.k <= kMostFewInputs;
  const bool few_outputs =
      fp32 && all.source.aligned && args.x.size(3) % 4 == 0 && y.size(3) <= kMostFewOutputs;
  gpu::each_conv_grid(args.y, [&](int64_t clip, dim3 grid) {
    Conv2dKernelArgs part = all;
    part.source.x += clip * part.source.stride_b;
    part.output.y += clip * part.output.stride_b;
    if (tensor && args.kernel_f > 1 && args.kernel_f <= kMostTaps && args.stride_f == 1 &&
        y.size(2) >= kLeastTapsWidth) {
      gpu::launch(conv2d_taps_kernel, grid, gpu::kTileThreads, sizeof(Conv2dTapsTiles), stream, part);
      return;
    }
    if (tensor) {
      gpu::launch(conv2d_tensor_kernel, grid, gpu::kTileThreads, 0, stream, part);
      return;
    }
    if (few_inputs || few_outputs) {
      gpu::launch(few_inputs ? conv2d_few_inputs_kernel : conv2d_few_outputs_kernel, grid, gpu::kTileThreads,
                  0, stream, part);
      return;
    }
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(conv2d_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, part);
    });
  });
}

const bool registered = add_back_end(gpu::kDevice, &conv2d_launch);

}  // namespace
}  // namespace serene
