#include "kernels/batch_norm/batch_norm.h"
#include "kernels/batch_norm/batch_norm_kernel.cuh"
#include "kernels/common/back_ends.h"

namespace serene {
namespace {

void batch_norm_launch(const BatchNormArgs& args, const Stream& stream) {
  constexpr unsigned kThreads = 256;
  if (args.x.numel() == 0) return;
  BatchNormKernelArgs part;
  part.x = args.x.data;
  part.scale = args.scale.data;
  part.shift = args.shift.data;
  part.y = args.y.data;
  for (int i = 0; i < 3; ++i) {
    part.x_stride[i] = args.x.stride[i];
    part.y_stride[i] = args.y.stride[i];
  }
  part.frames = args.x.size(1);
  part.pieces = (part.frames + part.kFrames - 1) / part.kFrames;
  part.mels = static_cast<int>(args.x.size(2));
  part.channels = static_cast<int>(args.x.size(3));
  gpu::launch(batch_norm_kernel, gpu::line_grid(args.x.size(0) * part.pieces), kThreads, 0, stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &batch_norm_launch);

}  // namespace
}  // namespace serene
