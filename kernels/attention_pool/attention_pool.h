// Attention pooling over time with one weight a frame (Mirsamadi et al., ICASSP 2017, "Automatic speech
// emotion recognition using recurrent neural networks with local attention").
//
//   a[t] = softmax over t of (u . x[t])
//   y = sum_t a[t] x[t]
//
// In double, in an order that is the same for every batch. Workspace: attention_pool_workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct AttentionPoolArgs {
  View<const float, 3> x;    // (B, T, E), T >= 1
  View<const float, 1> u;    // (E)
  View<float, 2> y;          // (B, E)
  View<float, 2> attention;  // (B, T) a, or null data for none
  Workspace workspace;
};

// Depends on the shape of x only; its data may still be null.
size_t attention_pool_workspace(const AttentionPoolArgs& args);

// Throws Error(invalid_argument) on shapes that do not fit and on zero frames.
void attention_pool(const AttentionPoolArgs& args, const Stream& stream);

Work attention_pool_work(const AttentionPoolArgs& args);

void attention_pool_cpu(const AttentionPoolArgs& args, const Stream& stream);

}  // namespace serene
