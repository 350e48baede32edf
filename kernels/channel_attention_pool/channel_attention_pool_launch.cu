#include "kernels/channel_attention_pool/channel_attention_pool.h"
#include "kernels/channel_attention_pool/channel_attention_pool_kernel.cuh"
#include "kernels/common/back_ends.h"

namespace serene {
namespace {

// Leaves the workspace alone: logits and values stay in registers.
void channel_attention_pool_launch(const ChannelAttentionPoolArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  ChannelAttentionPoolKernelArgs part;
  part.x = args.x.data;
  part.att = args.att->data();
  part.cla = args.cla->data();
  part.att_bias = args.att_bias.data;
  part.cla_bias = args.cla_bias.data;
  part.y = args.y.data;
  part.attention = args.attention.data;
  for (int i = 0; i < 2; ++i) {
    part.x_stride[i] = args.x.stride[i];
    part.attention_stride[i] = args.attention.stride[i];
  }
  part.y_stride = args.y.stride[0];
  part.frames = args.x.size(1);
  part.inputs = static_cast<int>(args.x.size(2));
  part.channels = static_cast<int>(args.y.size(1));
  part.panels = (part.channels + part.kColumns - 1) / part.kColumns;
  gpu::launch(channel_attention_pool_kernel, gpu::line_grid(args.x.size(0) * part.panels), part.kThreads, 0,
              stream, part);
}

const bool registered = add_back_end(gpu::kDevice, &channel_attention_pool_launch);

}  // namespace
}  // namespace serene
