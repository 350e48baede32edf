#include "kernels/common/back_ends.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/layer_norm/layer_norm_kernel.cuh"

namespace serene {
namespace {

// The least that holds a row of up to 4096 channels.
auto kernel_of(bool wide, int held) {
  if (wide) {
    if (held <= 1) return &layer_norm_kernel<float4, 1>;
    return held <= 4 ? &layer_norm_kernel<float4, 4> : &layer_norm_kernel<float4, 32>;
  }
  if (held <= 1) return &layer_norm_kernel<float, 1>;
  if (held <= 4) return &layer_norm_kernel<float, 4>;
  return held <= 32 ? &layer_norm_kernel<float, 32> : &layer_norm_kernel<float, 128>;
}

void layer_norm_launch(const LayerNormArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  const bool wide = gpu::in_fours(args.x.data, c, {args.x.stride[0]}) &&
                    gpu::in_fours(args.y.data, c, {args.y.stride[0]}) &&
                    gpu::in_fours(args.residual.data, c, {args.residual.stride[0]}) &&
                    gpu::in_fours(args.weight.data, c, {}) && gpu::in_fours(args.bias.data, c, {});
  LayerNormKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.weight = args.weight.data;
  kernel.bias = args.bias.data;
  kernel.residual = args.residual.data;
  kernel.y = args.y.data;
  kernel.x_stride = args.x.stride[0];
  kernel.residual_stride = args.residual.stride[0];
  kernel.y_stride = args.y.stride[0];
  kernel.rows = rows;
  kernel.channels = static_cast<int>(c);
  kernel.vectors = static_cast<int>(wide ? c / 4 : c);
  kernel.lanes = 1;
  while (kernel.lanes < kernel.vectors && kernel.lanes < 32) kernel.lanes *= 2;
  kernel.eps = args.eps;
  kernel.gelu = args.activation == Activation::gelu;
  const int held = (kernel.vectors + kernel.lanes - 1) / kernel.lanes;
  const int64_t rows_a_block = kLayerNormThreads / kernel.lanes;
  gpu::launch(kernel_of(wide, held), static_cast<unsigned>((rows + rows_a_block - 1) / rows_a_block),
              kLayerNormThreads, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &layer_norm_launch);

}  // namespace
}  // namespace serene
