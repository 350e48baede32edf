#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/conv1d/conv1d_kernel.cuh"

namespace serene {
namespace {

void conv1d_launch(const Conv1dArgs& args, const Stream& stream) {
  const int64_t channels = args.x.size(1), n = args.weight->n();
  if (args.y.size(0) == 0 || n == 0) return;
  Conv1dKernelArgs all{};
  // Strides are said here: x's own may be anything where it has a single row.
  const View<const float, 4> map{args.x.data, {1, args.x.size(0), 1, channels}, {0, channels, channels, 1}};
  all.source = gpu::conv_source(map, *args.weight);
  all.source.kernel_t = static_cast<int>(args.taps);
  all.source.step_t = static_cast<int>(args.stride);
  all.source.padding_t = static_cast<int>(args.padding);
  all.x_begin = args.x_clips.on_device();
  all.y_clips = gpu::ragged_tiles(args.y_clips, gpu::kConvRows);
  all.bias = args.bias.data;
  all.gelu = args.activation == Activation::gelu;
  all.y = args.y.data;
  all.y_stride = args.y.stride[0];
  const dim3 grid(gpu::ragged_grid(args.y_clips, all.y_clips),
                  static_cast<unsigned>((n + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(conv1d_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &conv1d_launch);

}  // namespace
}  // namespace serene
