#include "runtime/networks/bigru_pool/bigru_pool.h"

#include <array>

#include "kernels/classifier/classifier.h"
#include "kernels/gru/gru.h"
#include "kernels/linear/linear.h"
#include "kernels/prelu/prelu.h"
#include "kernels/self_attention_pool/self_attention_pool.h"

namespace serene::runtime {
namespace {

// As a tap.
View<const float, 4> as_map(const View<const float, 2>& x) {
  return {x.data, {1, 1, x.size(0), x.size(1)}, {0, 0, x.stride[0], x.stride[1]}};
}

}  // namespace

BigruPool::BigruPool(const networks::BigruPoolConfig& config, const WeightReader& weights)
    : state_(config.state()), channels_(config.channels), units_(config.units), hops_(config.hops) {
  const auto product = [](const WeightReader& reader) {
    return Product{reader.linear("weight"), reader.vector("bias")};
  };
  if (!state_) state_weights_ = weights.vector("layer_weights");
  for (int i = 0; i < config.depth; ++i) layers_.push_back(read_layer(weights.at("gru"), i));
  projection_ = product(weights.at("attention.proj"));
  score_ = weights.vector("attention.score.weight");
  dense_ = product(weights.at("classifier.dense"));
  out_ = product(weights.at("classifier.out"));
  no_slope_ = weights.keep(std::vector<float>(static_cast<size_t>(config.hidden)));
}

BigruPool::Layer BigruPool::read_layer(const WeightReader& gru, int number) {
  const std::string forward = "_l" + std::to_string(number), backward = forward + "_reverse";
  const auto both = [&](const std::string& kind) {
    std::vector<float> all = gru.values(kind + forward);
    const std::vector<float> more = gru.values(kind + backward);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const std::vector<int64_t>& shape = gru.shape("weight_ih" + forward);
  return {{gru.linear(both("weight_ih"), {2 * shape[0], shape[1]}), gru.keep(both("bias_ih"))},
          gru.linear("weight_hh" + forward),
          gru.linear("weight_hh" + backward),
          gru.keep(both("bias_hh"))};
}

void BigruPool::multiply(const Pass& pass, Precision precision, const Product& product,
                         const View<const float, 2>& x, const View<float, 2>& y) {
  const Arena::Scope scope(pass.arena);
  LinearArgs args;
  args.x = x;
  args.weight = &product.weight;
  args.bias = product.bias.view();
  args.y = y;
  args.precision = precision;
  args.workspace = pass.arena.workspace(linear_workspace(x.size(0), product.weight, precision, pass.stream));
  pass.run([&] { linear(args, pass.stream); });
}

void BigruPool::recur(const Pass& pass, const Layer& layer, const View<const float, 2>& x,
                      const Ragged& frames, const View<float, 2>& y) const {
  const Arena::Scope scope(pass.arena);
  GruArgs args;
  const View<float, 2> gates = pass.arena.take<2>({x.size(0), 6 * units_});
  multiply(pass, pass.precision, layer.gates, x, gates);
  args.gates = gates;
  args.clips = frames;
  args.forward = &layer.forward;
  args.backward = &layer.backward;
  args.bias = make_view<2, const float>(layer.bias.data(), {2, 3 * units_});
  args.y = y;
  args.workspace = pass.arena.workspace(gru_workspace(units_, pass.stream));
  pass.run([&] { gru(args, pass.stream); });
}

void BigruPool::classify(const Pass& pass, const View<const float, 2>& embedding,
                         const View<float, 2>& log_posterior) const {
  const Arena::Scope scope(pass.arena);
  ClassifierArgs args;
  args.embedding = embedding;
  args.w1 = &dense_.weight;
  args.b1 = dense_.bias.view();
  args.w2 = &out_.weight;
  args.b2 = out_.bias.view();
  args.log_posterior = log_posterior;
  args.workspace = pass.arena.workspace(classifier_workspace(args));
  pass.run([&] { classifier(args, pass.stream); });
}

// The classifier gives log posteriors alone: its layers are run once more for somebody who wants to see the
// logits.
void BigruPool::tap_logits(const Pass& pass, const View<const float, 2>& embedding) const {
  if (!pass.wants("logits")) return;
  const Arena::Scope scope(pass.arena);
  const int64_t clips = embedding.size(0);
  const View<float, 2> hidden = pass.arena.take<2>({clips, dense_.weight.n()});
  multiply(pass, Precision::fp32, dense_, embedding, hidden);
  PreluArgs relu;
  relu.x = make_view<3>(hidden.data, {1, clips, hidden.size(1)});
  relu.slope = no_slope_.view();
  pass.run([&] { prelu(relu, pass.stream); });
  const View<float, 2> logits = pass.arena.take<2>({clips, out_.weight.n()});
  multiply(pass, Precision::fp32, out_, hidden, logits);
  pass.tap("logits", as_map(logits));
}

void BigruPool::forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                        std::span<const View<float, 2>> outputs) const {
  const Observed step = pass.step("head");
  const Arena::Scope scope(pass.arena);
  // A layer's output is the next one's input.
  std::array<View<float, 2>, 2> states;
  for (size_t i = 0; i < std::min<size_t>(layers_.size(), 2); ++i)
    states[i] = pass.arena.take<2>({x.size(0), 2 * units_});
  View<const float, 2> h = x;
  for (size_t i = 0; i < layers_.size(); ++i) {
    recur(pass, layers_[i], h, frames, states[i % 2]);
    h = states[i % 2];
  }
  pass.tap("tap.gru", as_map(h));
  SelfAttentionPoolArgs args;
  const View<float, 2> projected = pass.arena.take<2>({x.size(0), projection_.weight.n()});
  multiply(pass, pass.precision, projection_, h, projected);
  args.x = h;
  args.projected = projected;
  args.v = make_view<2, const float>(score_.data(), {hops_, projected.size(1)});
  args.clips = frames;
  args.y = outputs[1];
  if (pass.wants("tap.attention")) args.attention = pass.arena.take<2>({x.size(0), hops_});
  args.workspace = pass.arena.workspace(self_attention_pool_workspace(args, pass.stream));
  pass.run([&] { self_attention_pool(args, pass.stream); });
  if (args.attention.data != nullptr) pass.tap("tap.attention", as_map(args.attention));
  classify(pass, outputs[1], outputs[0]);
  tap_logits(pass, outputs[1]);
}

std::unique_ptr<Network> make_bigru_pool(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<BigruPool>(dynamic_cast<const networks::BigruPoolConfig&>(config), weights);
}

}  // namespace serene::runtime
