#include "kernels/attention_pool/attention_pool.h"
#include "kernels/attention_pool/attention_pool_kernel.cuh"
#include "kernels/common/back_ends.h"

namespace serene {
namespace {

void attention_pool_launch(const AttentionPoolArgs& args, const Stream& stream) {
  if (args.x.size(0) == 0) return;
  AttentionPoolKernelArgs part;
  part.x = args.x.data;
  part.u = args.u.data;
  part.y = args.y.data;
  part.attention = args.attention.data;
  part.weight = reinterpret_cast<double*>(args.workspace.data());
  for (int i = 0; i < 2; ++i) part.x_stride[i] = args.x.stride[i];
  part.y_stride = args.y.stride[0];
  part.attention_stride = args.attention.stride[0];
  part.frames = args.x.size(1);
  part.channels = static_cast<int>(args.x.size(2));
  gpu::launch(attention_pool_kernel, gpu::line_grid(args.x.size(0)), part.kThreads, 0, stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &attention_pool_launch);

}  // namespace
}  // namespace serene
