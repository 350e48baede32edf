#include "kernels/common/back_ends.h"
#include "kernels/self_attention_pool/self_attention_pool.h"
#include "kernels/self_attention_pool/self_attention_pool_kernel.cuh"

namespace serene {
namespace {

void self_attention_pool_launch(const SelfAttentionPoolArgs& args, const Stream& stream) {
  if (args.x.size(0) == 0) return;
  SelfAttentionPoolKernelArgs all{};
  all.x = args.x.data;
  all.projected = args.projected.data;
  all.v = args.v.data;
  all.x_stride = args.x.stride[0];
  all.projected_stride = args.projected.stride[0];
  all.v_stride = args.v.stride[0];
  all.y_stride = args.y.stride[0];
  all.attention_stride = args.attention.stride[0];
  all.begin = args.clips.on_device();
  all.rows = args.x.size(0);
  all.channels = static_cast<int>(args.x.size(1));
  all.width = static_cast<int>(args.projected.size(1));
  all.hops = static_cast<int>(args.v.size(0));
  all.scores = reinterpret_cast<double*>(args.workspace.data());
  all.y = args.y.data;
  all.attention = args.attention.data;
  gpu::launch(self_attention_scores_kernel, gpu::line_grid((all.rows + kSelfPoolWarps - 1) / kSelfPoolWarps),
              kSelfPoolThreads, 0, stream, all);
  gpu::launch(self_attention_pool_kernel, gpu::line_grid(args.clips.clips * args.v.size(0)), kSelfPoolThreads,
              0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &self_attention_pool_launch);

}  // namespace
}  // namespace serene
