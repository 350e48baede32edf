// Self-attention of a conformer with Shaw's relative positions (arXiv 1803.02155), from layer norm to
// residual.
//
//   z = LN(x);  q = Wq z, k = Wk z, v = Wv z, split into heads of D = C / H
//   a_ij = softmax_j(D^-1/2 (q_i . k_j + q_i . E[clip(i - j, -P, P) + P]))
//   y = [residual +] Wo (sum_j a_ij v_j) + bo
//
// One distance table serves all heads. Nothing of size N x N x D or N x N is ever made: six queries at a time
// meet all keys. Sequences are the rows (s0, s1) of a strided view, so the same map serves attention over
// time and over frequency. Workspace: relative_attention_workspace. y may be x or the residual.
#pragma once

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

// The distance table (2 P + 1, D) as the kernels read it: transposed, reversed and padded. Made once at load.
class DistanceTable {
 public:
  DistanceTable() = default;
  // `table` is row-major (2 P + 1, D).
  DistanceTable(std::span<const float> table, int64_t clip, int64_t d,
                Memory& memory = HostMemory::instance());
  const float* data() const { return buffer_.floats(); }
  // For the CPU: pairs of bf16, see Bf16Pairs; null where D is odd.
  const uint32_t* pairs() const;
  int64_t stride() const { return stride_; }
  int64_t clip() const { return clip_; }
  int64_t d() const { return d_; }

 private:
  AlignedBuffer buffer_;
  Bf16Pairs pairs_;
  int64_t clip_ = 0, d_ = 0, stride_ = 0;
};

struct RelativeAttentionArgs {
  View<const float, 4> x;            // (S0, S1, N, C), N >= 1
  View<const float, 1> norm_weight;  // (C)
  View<const float, 1> norm_bias;    // (C)
  float eps = 1e-5f;
  const PackedMatrix* qkv = nullptr;  // (C, 3 C): queries, keys, values
  const PackedMatrix* out = nullptr;  // (C, C)
  View<const float, 1> out_bias;      // (C)
  const DistanceTable* distances = nullptr;
  int64_t heads = 4;
  View<const float, 4> residual;          // (S0, S1, N, C), or null data for none
  View<float, 4> y;                       // (S0, S1, N, C)
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

// Of a GPU's workspace: distances as operands, those of a query in any tile of 128 to a key in any tile of
// 64, and their bytes at most.
constexpr int64_t relative_attention_distances(int64_t n) { return (n + 127) / 128 * 128 + n + 64; }
constexpr size_t relative_attention_table(int64_t n, int64_t d) {
  return static_cast<size_t>(relative_attention_distances(n) * (d <= 16 ? 16 : 32)) * sizeof(float);
}

// `sequences` is S0 S1.
size_t relative_attention_workspace(int64_t sequences, int64_t n, int64_t channels, int64_t heads,
                                    const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void relative_attention(const RelativeAttentionArgs& args, const Stream& stream);

Work relative_attention_work(const RelativeAttentionArgs& args);

void relative_attention_cpu(const RelativeAttentionArgs& args, const Stream& stream);

}  // namespace serene
