// Attention pooling over time with weights of its own for each channel (`att_block` of the published TRNet
// network; PANNs, arXiv 1912.10211, is where it comes from).
//
//   a = softmax over t of clamp(W_att x[t] + b_att, -10, 10)
//   v = W_cla x[t] + b_cla
//   y = sum_t a[t] v[t]
//
// Sums over time are in double, their order the same for every batch. Workspace:
// channel_attention_pool_workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ChannelAttentionPoolArgs {
  View<const float, 3> x;             // (B, T, C), T >= 1
  const PackedMatrix* att = nullptr;  // (C, E)
  View<const float, 1> att_bias;      // (E)
  const PackedMatrix* cla = nullptr;  // (C, E)
  View<const float, 1> cla_bias;      // (E)
  View<float, 2> y;                   // (B, E)
  View<float, 3> attention;           // (B, T, E) a, or null data for none
  Workspace workspace;
};

// Depends on the shapes of x and y only; their data may still be null.
size_t channel_attention_pool_workspace(const ChannelAttentionPoolArgs& args);

// Throws Error(invalid_argument) on shapes that do not fit and on zero frames.
void channel_attention_pool(const ChannelAttentionPoolArgs& args, const Stream& stream);

Work channel_attention_pool_work(const ChannelAttentionPoolArgs& args);

void channel_attention_pool_cpu(const ChannelAttentionPoolArgs& args, const Stream& stream);

}  // namespace serene
