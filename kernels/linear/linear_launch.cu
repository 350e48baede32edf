#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/linear/linear.h"
#include "kernels/linear/linear_kernel.cuh"
#include "kernels/linear/linear_tensor_kernel.cuh"

namespace serene {
namespace {

template <int kRows, int kColumns>
void launch_tensor(const LinearTensorArgs& args, const Stream& stream) {
  const int64_t n = args.output.n;
  const dim3 grid(gpu::line_grid((args.rows + kRows - 1) / kRows).x,
                  static_cast<unsigned>((n + kColumns - 1) / kColumns));
  gpu::launch(linear_tensor_kernel<kRows, kColumns>, grid, gpu::kTileThreads, 0, stream, args);
}

void linear_launch(const LinearArgs& args, const Stream& stream) {
  const int64_t rows = args.x.size(0), n = args.weight->n();
  if (rows == 0 || n == 0) return;
  LinearKernelArgs all{};
  const View<const float, 4> map{
      args.x.data, {1, rows, 1, args.x.size(1)}, {0, args.x.stride[0], args.x.stride[0], 1}};
  all.source = gpu::conv_source(map, *args.weight);
  all.bias = args.bias.data;
  all.residual = args.residual.data;
  all.activation = args.activation;
  all.rows = rows;
  all.residual_stride = args.residual.stride[0];
  all.y_stride = args.y.stride[0];
  all.y = args.y.data;
  if (args.precision == Precision::bf16 && all.source.weights.pairs != nullptr && all.source.aligned &&
      args.weight->k() % 4 == 0) {
    LinearTensorArgs tensor{args.x.data, args.x.stride[0], rows, all.source.weights, {}};
    tensor.output = {
        all.bias,     all.residual, all.activation,      all.residual_stride,
        all.y_stride, all.y,        static_cast<int>(n), gpu::in_fours(args.y, all.bias, args.residual)};
    // Large tiles read least, small ones leave fewer multiprocessors idle.
    const int64_t large = (rows + 127) / 128 * ((n + 127) / 128);
    return large >= 132 ? launch_tensor<128, 128>(tensor, stream) : launch_tensor<64, 64>(tensor, stream);
  }
  const dim3 grid(static_cast<unsigned>((rows + gpu::kConvRows - 1) / gpu::kConvRows),
                  static_cast<unsigned>((n + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(linear_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &linear_launch);

}  // namespace
}  // namespace serene
