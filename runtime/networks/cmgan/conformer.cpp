#include "runtime/networks/cmgan/conformer.h"

namespace serene::runtime {
namespace {

constexpr int64_t kHeads = 4;
constexpr int64_t kClip = 512;  // largest distance with a position of its own
constexpr int64_t kTaps = 31;

template <class T>
View<T, 2> rows(const View<T, 4>& map) {
  return make_view<2>(map.data, {map.size(0) * map.size(1) * map.size(2), map.size(3)});
}

PackedMatrix pack_qkv(const WeightReader& attn) {
  const int64_t c = attn.shape("to_q.weight")[0];
  std::vector<float> all = attn.values("to_q.weight");
  const std::vector<float> kv = attn.values("to_kv.weight");
  all.insert(all.end(), kv.begin(), kv.end());
  return attn.linear(all, {3 * c, c});
}

DistanceTable distance_table(const WeightReader& attn) {
  return DistanceTable(attn.values("rel_pos_emb.weight"), kClip, attn.shape("rel_pos_emb.weight")[1],
                       attn.memory());
}

// (I, 1, K) with the norm folded in, as (K, I).
Vector fold_taps(const WeightReader& net) {
  const std::vector<float> folded = FoldedBatchNorm(net.at("5")).fold(net.values("4.conv.weight"));
  const size_t inner = folded.size() / kTaps;
  std::vector<float> taps(folded.size());
  for (size_t i = 0; i < inner; ++i) {
    for (size_t k = 0; k < kTaps; ++k) taps[k * inner + i] = folded[i * kTaps + k];
  }
  return net.keep(taps);
}

}  // namespace

Conformer::FeedForward::FeedForward(const WeightReader& reader)
    : norm_weight(reader.vector("fn.norm.weight")),
      norm_bias(reader.vector("fn.norm.bias")),
      b1(reader.vector("fn.fn.net.0.bias")),
      b2(reader.vector("fn.fn.net.3.bias")),
      w1(reader.linear("fn.fn.net.0.weight")),
      w2(reader.linear("fn.fn.net.3.weight")) {}

Conformer::Conformer(const WeightReader& reader, Axis axis)
    : axis_(axis),
      ff1_(reader.at("ff1")),
      ff2_(reader.at("ff2")),
      attn_norm_weight_(reader.vector("attn.norm.weight")),
      attn_norm_bias_(reader.vector("attn.norm.bias")),
      out_bias_(reader.vector("attn.fn.to_out.bias")),
      qkv_(pack_qkv(reader.at("attn.fn"))),
      out_(reader.linear("attn.fn.to_out.weight")),
      distances_(distance_table(reader.at("attn.fn"))),
      conv_norm_weight_(reader.vector("conv.net.0.weight")),
      conv_norm_bias_(reader.vector("conv.net.0.bias")),
      b1_(reader.vector("conv.net.2.bias")),
      b2_(reader.vector("conv.net.7.bias")),
      taps_(fold_taps(reader.at("conv.net"))),
      taps_bias_(reader.keep(
          FoldedBatchNorm(reader.at("conv.net.5")).fold_bias(reader.values("conv.net.4.conv.bias")))),
      w1_(reader.linear("conv.net.2.weight")),
      w2_(reader.linear("conv.net.7.weight")),
      post_weight_(reader.vector("post_norm.weight")),
      post_bias_(reader.vector("post_norm.bias")) {}

template <class T>
View<T, 4> Conformer::sequences(const View<T, 4>& map) const {
  if (axis_ == Axis::frequency) return map;
  View<T, 4> view = map;
  std::swap(view.shape[1], view.shape[2]);
  std::swap(view.stride[1], view.stride[2]);
  return view;
}

FeedForwardArgs Conformer::weights(const FeedForward& ff) {
  FeedForwardArgs args;
  args.norm_weight = ff.norm_weight.view();
  args.norm_bias = ff.norm_bias.view();
  args.w1 = &ff.w1;
  args.b1 = ff.b1.view();
  args.w2 = &ff.w2;
  args.b2 = ff.b2.view();
  return args;
}

RelativeAttentionArgs Conformer::attention_weights() const {
  RelativeAttentionArgs args;
  args.norm_weight = attn_norm_weight_.view();
  args.norm_bias = attn_norm_bias_.view();
  args.qkv = &qkv_;
  args.out = &out_;
  args.out_bias = out_bias_.view();
  args.distances = &distances_;
  args.heads = kHeads;
  return args;
}

ConvModuleArgs Conformer::convolution_weights() const {
  ConvModuleArgs args;
  args.norm_weight = conv_norm_weight_.view();
  args.norm_bias = conv_norm_bias_.view();
  args.w1 = &w1_;
  args.b1 = b1_.view();
  args.taps = make_view<2>(taps_.data(), {kTaps, w2_.k()});
  args.taps_bias = taps_bias_.view();
  args.w2 = &w2_;
  args.b2 = b2_.view();
  return args;
}

LayerNormArgs Conformer::post_norm_weights() const {
  LayerNormArgs args;
  args.weight = post_weight_.view();
  args.bias = post_bias_.view();
  return args;
}

bool Conformer::fused(const Pass& pass, const View<float, 4>& x, const std::string& name) const {
  if (axis_ != Axis::frequency ||
      !short_conformer_fits(x.size(2), x.size(3), kHeads, kTaps, pass.precision, pass.stream))
    return false;
  return !pass.wants(name + ".ff1") && !pass.wants(name + ".attn") && !pass.wants(name + ".conv");
}

void Conformer::block(const Pass& pass, const View<const float, 4>& x, bool residual,
                      const View<float, 4>& y) const {
  const Arena::Scope scope(pass.arena);
  ShortConformerArgs args;
  args.x = x;
  args.ff1 = weights(ff1_);
  args.attention = attention_weights();
  args.convolution = convolution_weights();
  args.ff2 = weights(ff2_);
  args.norm = post_norm_weights();
  if (residual) args.residual = x;
  args.y = y;
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(short_conformer_workspace(args, pass.stream));
  pass.run([&] { short_conformer(args, pass.stream); });
}

void Conformer::feed_forward(const Pass& pass, const FeedForward& ff, const View<const float, 4>& x,
                             bool residual, const View<float, 4>& y) const {
  const Arena::Scope scope(pass.arena);
  FeedForwardArgs args = weights(ff);
  args.x = rows(x);
  if (residual) args.residual = args.x;
  args.y = rows(y);
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(feed_forward_workspace(x.size(3), ff.w1.n(), pass.stream));
  pass.run([&] { serene::feed_forward(args, pass.stream); });
}

void Conformer::attention(const Pass& pass, const View<const float, 4>& x, bool residual,
                          const View<float, 4>& y) const {
  const Arena::Scope scope(pass.arena);
  RelativeAttentionArgs args = attention_weights();
  args.x = sequences(x);
  if (residual) args.residual = args.x;
  args.y = sequences(y);
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(relative_attention_workspace(
      args.x.size(0) * args.x.size(1), args.x.size(2), x.size(3), kHeads, pass.stream));
  pass.run([&] { relative_attention(args, pass.stream); });
}

void Conformer::convolution(const Pass& pass, const View<const float, 4>& x, bool residual,
                            const View<float, 4>& y) const {
  const Arena::Scope scope(pass.arena);
  ConvModuleArgs args = convolution_weights();
  args.x = sequences(x);
  if (residual) args.residual = args.x;
  args.y = sequences(y);
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(conv_module_workspace(args.x.size(0) * args.x.size(1), args.x.size(2),
                                                              x.size(3), w2_.k(), kTaps, pass.stream));
  pass.run([&] { conv_module(args, pass.stream); });
}

void Conformer::post_norm(const Pass& pass, const View<const float, 4>& x, const float* residual,
                          const View<float, 4>& y) const {
  LayerNormArgs args = post_norm_weights();
  args.x = rows(x);
  if (residual != nullptr) args.residual = make_view<2>(residual, args.x.shape);
  args.y = rows(y);
  pass.run([&] { layer_norm(args, pass.stream); });
}

void Conformer::forward(const Pass& pass, const View<float, 4>& x, const std::string& name) const {
  const ObserverScope step = pass.step(axis_ == Axis::time ? "time_conformer" : "freq_conformer");
  const Arena::Scope scope(pass.arena);
  // Runs a module once more, without its residual, for somebody who wants to see it.
  const auto tap = [&](const std::string& part, auto&& module) {
    if (!pass.wants(name + part)) return;
    const Arena::Scope tap_scope(pass.arena);
    const View<float, 4> alone = pass.arena.take<4>(x.shape);
    module(alone);
    pass.tap(name + part, sequences<const float>(alone));
  };

  if (fused(pass, x, name)) {
    tap("", [&](const View<float, 4>& y) { block(pass, x, false, y); });
    return block(pass, x, true, x);
  }
  const View<float, 4> h = pass.arena.take<4>(x.shape);
  tap(".ff1", [&](const View<float, 4>& y) { feed_forward(pass, ff1_, x, false, y); });
  feed_forward(pass, ff1_, x, true, h);
  tap(".attn", [&](const View<float, 4>& y) { attention(pass, h, false, y); });
  attention(pass, h, true, h);
  tap(".conv", [&](const View<float, 4>& y) { convolution(pass, h, false, y); });
  convolution(pass, h, true, h);
  feed_forward(pass, ff2_, h, true, h);
  tap("", [&](const View<float, 4>& y) { post_norm(pass, h, nullptr, y); });
  post_norm(pass, h, x.data, x);
}

}  // namespace serene::runtime
