#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/conv1d/conv1d_kernel.cuh"

namespace serene {
namespace {

template <int kRows, int kColumns>
void launch_tensor(Conv1dTensorArgs args, const Conv1dArgs& all, const Stream& stream) {
  args.y_clips = gpu::ragged_tiles(all.y_clips, kRows);
  const dim3 grid(gpu::ragged_grid(all.y_clips, args.y_clips),
                  static_cast<unsigned>((args.output.n + kColumns - 1) / kColumns));
  gpu::launch(conv1d_tensor_kernel<kRows, kColumns>, grid, gpu::kTileThreads, 0, stream, args);
}

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
  if (args.precision == Precision::bf16 && channels % 4 == 0 && all.source.weights.pairs != nullptr &&
      reinterpret_cast<uintptr_t>(args.x.data) % 16 == 0) {
    Conv1dTensorArgs tensor{args.x.data,
                            all.x_begin,
                            {},
                            all.source.weights,
                            static_cast<int>(channels),
                            static_cast<int>(args.stride),
                            static_cast<int>(args.padding),
                            {}};
    tensor.output = {all.bias,     nullptr, args.activation,     0,
                     all.y_stride, all.y,   static_cast<int>(n), gpu::in_fours(args.y, all.bias, {})};
    // As in linear_launch.cu.
    const int64_t large = args.y_clips.clips * ((args.y_clips.longest() + 127) / 128) * ((n + 63) / 64);
    return large >= 132 ? launch_tensor<128, 64>(tensor, args, stream)
                        : launch_tensor<64, 64>(tensor, args, stream);
  }
  const dim3 grid(gpu::ragged_grid(args.y_clips, all.y_clips),
                  static_cast<unsigned>((n + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(conv1d_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &conv1d_launch);

}  // namespace
}  // namespace serene
