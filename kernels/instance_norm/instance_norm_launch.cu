#include "kernels/common/back_ends.h"
#include "kernels/instance_norm/instance_norm.h"
#include "kernels/instance_norm/instance_norm_kernel.cuh"

namespace serene {
namespace {

void instance_norm_launch(const InstanceNormArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const View<float, 4>& x = args.x;
  const int64_t batch = x.size(0), frames = x.size(1), bins = x.size(2), c = x.size(3);
  InstanceNormKernelArgs kernel;
  kernel.x = x.data;
  kernel.weight = args.weight.data;
  kernel.bias = args.bias.data;
  kernel.slope = args.slope.data;
  kernel.sums = reinterpret_cast<double*>(args.workspace.data());
  kernel.affine = reinterpret_cast<float*>(kernel.sums + batch * frames * 2 * c);
  kernel.x_batch = x.stride[0];
  kernel.x_frame = x.stride[1];
  kernel.x_bin = x.stride[2];
  kernel.batch = static_cast<int>(batch);
  kernel.frames = static_cast<int>(frames);
  kernel.bins = static_cast<int>(bins);
  kernel.channels = static_cast<int>(c);
  kernel.eps = args.eps;
  const bool wide =
      gpu::in_fours(x) && gpu::in_fours(args.slope.data, c, {}) && gpu::in_fours(kernel.affine, c, {});
  kernel.vectors = static_cast<int>(wide ? c / 4 : c);

  const auto clips = static_cast<unsigned>(std::min(batch, gpu::kMostBlocks));
  unsigned columns = 1;
  while (columns < c && columns < kInstanceNormThreads) columns *= 2;
  gpu::launch(instance_norm_frame_kernel, dim3(static_cast<unsigned>(frames), clips),
              dim3(columns, kInstanceNormThreads / columns), 0, stream, kernel);
  gpu::launch(instance_norm_clip_kernel, dim3(static_cast<unsigned>((c + 31) / 32), clips),
              dim3(32, kInstanceNormRows), 0, stream, kernel);
  const gpu::RowGrid shape = gpu::row_grid(batch, frames * bins, kernel.vectors);
  gpu::launch(wide ? instance_norm_map_kernel<float4> : instance_norm_map_kernel<float>, shape.grid,
              shape.block, 0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &instance_norm_launch);

}  // namespace
}  // namespace serene
