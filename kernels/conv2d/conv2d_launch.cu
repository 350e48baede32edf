#include <algorithm>

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
  all.stride_b = args.y.stride[0];
  all.stride_t = args.y.stride[1];
  all.stride_f = args.y.stride[2];
  all.width = args.y.size(2);
  all.rows = args.y.size(1) * all.width;
  const int64_t batch = args.y.size(0), channels = args.y.size(3);
  if (all.rows == 0 || channels == 0) return;
  for (int64_t clip = 0; clip < batch; clip += gpu::kMostBlocks) {
    Conv2dKernelArgs part = all;
    part.source.x += clip * part.source.stride_b;
    part.y = args.y.data + clip * part.stride_b;
    const dim3 grid(static_cast<unsigned>((all.rows + gpu::kConvRows - 1) / gpu::kConvRows),
                    static_cast<unsigned>((channels + gpu::kTileColumns - 1) / gpu::kTileColumns),
                    static_cast<unsigned>(std::min(batch - clip, gpu::kMostBlocks)));
    gpu::launch_precisely(args.precision, [&](auto precision) {
      gpu::launch(conv2d_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, part);
    });
  }
}

const bool registered = add_back_end(gpu::kDevice, &conv2d_launch);

}  // namespace
}  // namespace serene
