// Structured self-attention over the rows of each clip (Lin et al. 2017, arXiv 1703.03130), after the product
// W x + b, which comes from linear.
//
//   a[t, h] = softmax over t of v[h] . tanh(projected[t])
//   y[clip, h] = sum_t a[t, h] x[t], hop after hop
//
// Scores, softmax and sums are in double. Workspace: self_attention_pool_workspace.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct SelfAttentionPoolArgs {
  View<const float, 2> x;          // (R, E)
  View<const float, 2> projected;  // (R, P)
  View<const float, 2> v;          // (H, P), a hop a row
  Ragged clips;                    // each of at least one row
  View<float, 2> y;                // (clips, H E)
  View<float, 2> attention;        // (R, H) a, or null data for none
  Workspace workspace;
};

// Depends on the shapes of x, projected and v only.
size_t self_attention_pool_workspace(const SelfAttentionPoolArgs& args, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit and on a clip without rows, which has no mean.
void self_attention_pool(const SelfAttentionPoolArgs& args, const Stream& stream);

Work self_attention_pool_work(const SelfAttentionPoolArgs& args);

void self_attention_pool_cpu(const SelfAttentionPoolArgs& args, const Stream& stream);

}  // namespace serene
