#include "runtime/networks/speech_transformer/layer.h"

#include "kernels/position_gate/position_gate.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {

TransformerLayer::TransformerLayer(const networks::SpeechTransformerConfig& config,
                                   const WeightReader& weights, int index)
    : pre_norm_(config.pre_norm),
      heads_(config.heads),
      qkv_(weights.at("attention").at("qkv")),
      out_(weights.at("attention").at("out_proj")),
      first_(weights.at("feed_forward").at("intermediate_dense")),
      second_(weights.at("feed_forward").at("output_dense")),
      attention_norm_(weights.at("layer_norm"), config.eps),
      feed_forward_norm_(weights.at("final_layer_norm"), config.eps),
      attention_tap_("tap.attention." + std::to_string(index)) {
  if (config.buckets == 0) return;
  const WeightReader gate = weights.at("attention").at("gate");
  gate_ = Gate{gate.vector("weight"), gate.vector("bias"), gate.vector("scale")};
}

void TransformerLayer::attend(const Pass& pass, const Ragged& frames,
                              const View<const float, 2>& position_bias, const View<const float, 2>& x,
                              const View<float, 2>& residual_and_y) const {
  const ObserverScope step = pass.step("attention");
  const Arena::Scope scope(pass.arena);
  const int64_t rows = x.size(0), h = x.size(1);
  const View<float, 2> qkv = pass.arena.take<2>({rows, 3 * h});
  qkv_.forward(pass, x, qkv);
  const auto part = [&](int64_t i) -> View<const float, 2> {
    return {qkv.data + i * h, {rows, h}, {3 * h, 1}};
  };
  ScaledAttentionArgs args;
  args.q = part(0);
  args.k = part(1);
  args.v = part(2);
  args.clips = frames;
  args.heads = heads_;
  args.bias = position_bias;
  if (gate_) {
    PositionGateArgs gate;
    gate.x = x;
    gate.weight = make_view<2>(gate_->weight.data(), {2, h / heads_});
    gate.bias = gate_->bias.view();
    gate.scale = gate_->scale.view();
    gate.y = pass.arena.take<2>({rows, heads_});
    pass.run([&] { position_gate(gate, pass.stream); });
    args.gate = gate.y;
  }
  args.y = pass.arena.take<2>({rows, h});
  args.precision = pass.precision;
  args.workspace = pass.arena.workspace(scaled_attention_workspace(rows, heads_, h / heads_, pass.stream));
  pass.run([&] { scaled_attention(args, pass.stream); });
  if (pass.wants(attention_tap_)) {
    const View<float, 2> alone = pass.arena.take<2>({rows, h});
    out_.forward(pass, args.y, alone);
    pass.tap(attention_tap_, as_map(View<const float, 2>(alone)));
  }
  out_.forward(pass, args.y, residual_and_y, Activation::none, residual_and_y);
}

void TransformerLayer::feed_forward(const Pass& pass, const View<const float, 2>& x,
                                    const View<float, 2>& residual_and_y) const {
  const ObserverScope step = pass.step("feed_forward");
  const Arena::Scope scope(pass.arena);
  const View<float, 2> wide = pass.arena.take<2>({x.size(0), first_.outputs()});
  first_.forward(pass, x, wide, Activation::gelu);
  second_.forward(pass, wide, residual_and_y, Activation::none, residual_and_y);
}

void TransformerLayer::forward(const Pass& pass, const Ragged& frames,
                               const View<const float, 2>& position_bias, const View<float, 2>& x) const {
  const Arena::Scope scope(pass.arena);
  if (pre_norm_) {
    const View<float, 2> normed = pass.arena.take<2>(x.shape);
    attention_norm_.forward(pass, x, normed);
    attend(pass, frames, position_bias, normed, x);
    feed_forward_norm_.forward(pass, x, normed);
    feed_forward(pass, normed, x);
    return;
  }
  attend(pass, frames, position_bias, x, x);
  attention_norm_.forward(pass, x, x);
  feed_forward(pass, x, x);
  feed_forward_norm_.forward(pass, x, x);
}

}  // namespace serene::runtime
