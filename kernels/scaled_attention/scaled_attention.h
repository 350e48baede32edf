// Multi-head attention over clips of different lengths (Vaswani et al. 2017), with the bias that WavLM adds
// by distance (arXiv 2110.13900).
//
//   y[i, h] = sum_j softmax over j of (D^-1/2 q[i, h].k[j, h] + gate[i, h] bias[h, j - i]) v[j, h]
//
// j runs over the rows of i's own clip. Keys are taken a tile at a time, with an online softmax: no T x T
// matrix of logits exists. Workspace: scaled_attention_workspace.
#pragma once

#include "kernels/common/precision.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ScaledAttentionArgs {
  View<const float, 2> q, k, v;  // (R, H D), D a multiple of 8 up to 128
  Ragged clips;
  int64_t heads = 1;
  // (H, 2 L - 1), L no less than the longest clip: column L - 1 + r is of keys r rows after their query. Null
  // data for none.
  View<const float, 2> bias;
  View<const float, 2> gate;              // (R, H), or null data for 1
  View<float, 2> y;                       // (R, H D), none of the inputs
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

// For R = `rows` of all clips together.
size_t scaled_attention_workspace(int64_t rows, int64_t heads, int64_t head_dim, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void scaled_attention(const ScaledAttentionArgs& args, const Stream& stream);

Work scaled_attention_work(const ScaledAttentionArgs& args);

void scaled_attention_cpu(const ScaledAttentionArgs& args, const Stream& stream);

}  // namespace serene
