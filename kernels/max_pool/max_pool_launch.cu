#include "kernels/common/back_ends.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/max_pool/max_pool_kernel.cuh"

namespace serene {
namespace {

void max_pool_launch(const MaxPoolArgs& args, const Stream& stream) {
  constexpr int64_t kThreads = 256;
  if (args.y.numel() == 0) return;
  const bool fours = gpu::in_fours(args.x) && gpu::in_fours(args.y);
  const int64_t row_threads = args.y.size(2) * args.y.size(3) / (fours ? 4 : 1);
  MaxPoolKernelArgs part;
  part.x = args.x.data;
  part.y = args.y.data;
  for (int i = 0; i < 3; ++i) {
    part.x_stride[i] = args.x.stride[i];
    part.y_stride[i] = args.y.stride[i];
  }
  part.frames = args.y.size(1);
  part.pieces = static_cast<int>((row_threads + kThreads - 1) / kThreads);
  part.mels = static_cast<int>(args.y.size(2));
  part.channels = static_cast<int>(args.y.size(3));
  gpu::launch(fours ? max_pool_kernel<float4> : max_pool_kernel<float>,
              gpu::line_grid(args.y.size(0) * part.frames * part.pieces), kThreads, 0, stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &max_pool_launch);

}  // namespace
}  // namespace serene
