#include "kernels/common/back_ends.h"
#include "kernels/hardtanh_blend/hardtanh_blend.h"
#include "kernels/hardtanh_blend/hardtanh_blend_kernel.cuh"

namespace serene {
namespace {

void hardtanh_blend_launch(const HardtanhBlendArgs& args, const Stream& stream) {
  constexpr unsigned kThreads = 256;
  const int64_t batch = args.x.size(0), frames = args.x.size(1);
  if (batch == 0) return;
  HardtanhBlendKernelArgs part;
  part.similarity = args.similarity.data;
  part.weight = args.weight.data;
  part.x = args.x.data;
  part.e = args.e.data;
  part.coefficient = args.coefficient.data;
  part.y = args.y.data;
  part.similarity_stride = args.similarity.stride[0];
  part.coefficient_stride = args.coefficient.stride[0];
  for (int i = 0; i < 2; ++i) {
    part.x_stride[i] = args.x.stride[i];
    part.e_stride[i] = args.e.stride[i];
    part.y_stride[i] = args.y.stride[i];
  }
  part.frames = frames;
  // One also where there are no frames: the coefficient is wanted all the same.
  part.pieces = frames > part.kFrames ? (frames + part.kFrames - 1) / part.kFrames : 1;
  part.mels = static_cast<int>(args.x.size(2));
  part.bias = args.bias;
  gpu::launch(hardtanh_blend_kernel, gpu::line_grid(batch * part.pieces), kThreads, 0, stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &hardtanh_blend_launch);

}  // namespace
}  // namespace serene
