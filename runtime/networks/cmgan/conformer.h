// A conformer block (arXiv 2005.08100) with Shaw's relative positions, over one axis of CMGAN's map.
#pragma once

#include <string>

#include "kernels/common/packed_matrix.h"
#include "kernels/short_conformer/short_conformer.h"
#include "runtime/networks/common/weight_reader.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

// What the sequences of a block run along.
enum class Axis { time, frequency };

class Conformer {
 public:
  Conformer(const WeightReader& reader, Axis axis);

  // x (B, T, F, C), contiguous, becomes x + block(x). `name` prefixes its taps, which are (sequences, N, C).
  void forward(const Pass& pass, const View<float, 4>& x, const std::string& name) const;

 private:
  struct FeedForward {
    Vector norm_weight, norm_bias, b1, b2;
    PackedMatrix w1, w2;
    explicit FeedForward(const WeightReader& reader);
  };
  // The weights of each module in its op's arguments.
  static FeedForwardArgs weights(const FeedForward& ff);
  RelativeAttentionArgs attention_weights() const;
  ConvModuleArgs convolution_weights() const;
  LayerNormArgs post_norm_weights() const;

  // Whether all of it is one op here: a sequence short enough, and nobody wants to see a module alone.
  bool fused(const Pass& pass, const View<float, 4>& x, const std::string& name) const;
  // y = block(x), plus x with `residual`, by that op.
  void block(const Pass& pass, const View<const float, 4>& x, bool residual, const View<float, 4>& y) const;

  // Each computes y = module(x), plus x with `residual`.
  void feed_forward(const Pass& pass, const FeedForward& ff, const View<const float, 4>& x, bool residual,
                    const View<float, 4>& y) const;
  void attention(const Pass& pass, const View<const float, 4>& x, bool residual,
                 const View<float, 4>& y) const;
  void convolution(const Pass& pass, const View<const float, 4>& x, bool residual,
                   const View<float, 4>& y) const;
  void post_norm(const Pass& pass, const View<const float, 4>& x, const float* residual,
                 const View<float, 4>& y) const;
  // The map as (S0, S1, N, C).
  template <class T>
  View<T, 4> sequences(const View<T, 4>& map) const;

  Axis axis_;
  FeedForward ff1_, ff2_;
  Vector attn_norm_weight_, attn_norm_bias_, out_bias_;
  PackedMatrix qkv_, out_;
  DistanceTable distances_;
  Vector conv_norm_weight_, conv_norm_bias_, b1_, b2_, taps_, taps_bias_;
  PackedMatrix w1_, w2_;
  Vector post_weight_, post_bias_;
};

}  // namespace serene::runtime
