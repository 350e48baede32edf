#include "kernels/common/back_ends.h"
#include "kernels/common/gpu/host_arguments.h"
#include "kernels/linear/linear.h"
#include "kernels/linear/linear_kernel.cuh"

namespace serene {
namespace {

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
  const dim3 grid(static_cast<unsigned>((rows + gpu::kConvRows - 1) / gpu::kConvRows),
                  static_cast<unsigned>((n + gpu::kTileColumns - 1) / gpu::kTileColumns));
  gpu::launch_precisely(args.precision, [&](auto precision) {
    gpu::launch(linear_kernel<precision()>, grid, gpu::kTileThreads, 0, stream, all);
  });
}

const bool registered = add_back_end(gpu::kDevice, &linear_launch);

}  // namespace
}  // namespace serene
