#include "runtime/networks/bigru_pool/bigru_pool.h"

#include <array>

#include "kernels/gru/gru.h"
#include "kernels/log_softmax/log_softmax.h"
#include "kernels/self_attention_pool/self_attention_pool.h"
#include "runtime/networks/common/as_map.h"
#include "runtime/networks/common/frame_groups.h"
#include "runtime/networks/common/head_alone.h"

namespace serene::runtime {

BigruPool::BigruPool(const networks::BigruPoolConfig& config, const WeightReader& weights)
    : config_(config),
      projection_(weights.at("attention.proj")),
      score_(weights.vector("attention.score.weight")),
      dense_(weights.at("classifier.dense")),
      out_(weights.at("classifier.out")) {
  if (!config.state()) state_weights_ = weights.vector("layer_weights");
  if (config.input > 0) input_.emplace(weights.at("input"));
  for (int i = 0; i < config.depth; ++i) layers_.push_back(read_layer(weights.at("gru"), i));
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
  return {Dense(gru.linear(both("weight_ih"), {2 * shape[0], shape[1]}), gru.keep(both("bias_ih"))),
          gru.linear("weight_hh" + forward), gru.linear("weight_hh" + backward), gru.keep(both("bias_hh"))};
}

View<const float, 2> BigruPool::front(const Pass& pass, const View<const float, 2>& x, Ragged& frames) const {
  const FrameGroups groups = frame_groups(pass, x, frames, config_.frame_pool);
  frames = groups.clips;
  if (!input_) return groups.rows;
  const View<float, 2> projected = pass.arena.take<2>({groups.rows.size(0), input_->outputs()});
  input_->forward(pass, groups.rows, projected);
  return projected;
}

View<const float, 2> BigruPool::recur(const Pass& pass, View<const float, 2> x, const Ragged& frames) const {
  const int64_t rows = x.size(0), units = config_.units;
  // A layer's output is the next one's input.
  std::array<View<float, 2>, 2> states;
  for (size_t i = 0; i < std::min<size_t>(layers_.size(), 2); ++i)
    states[i] = pass.arena.take<2>({rows, 2 * units});
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Arena::Scope scope(pass.arena);
    const View<float, 2> gates = pass.arena.take<2>({rows, 6 * units});
    layers_[i].gates.forward(pass, x, gates);
    GruArgs args;
    args.gates = gates;
    args.clips = frames;
    args.forward = &layers_[i].forward;
    args.backward = &layers_[i].backward;
    args.bias = make_view<2, const float>(layers_[i].bias.data(), {2, 3 * units});
    args.y = states[i % 2];
    args.workspace = pass.arena.workspace(gru_workspace(units, pass.stream));
    pass.run([&] { gru(args, pass.stream); });
    x = states[i % 2];
  }
  pass.tap("tap.gru", as_map(x));
  return x;
}

void BigruPool::pool(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                     const View<float, 2>& embedding) const {
  const Arena::Scope scope(pass.arena);
  const View<float, 2> projected = pass.arena.take<2>({x.size(0), projection_.outputs()});
  projection_.forward(pass, x, projected);
  SelfAttentionPoolArgs args;
  args.x = x;
  args.projected = projected;
  args.v = make_view<2, const float>(score_.data(), {config_.hops, projected.size(1)});
  args.clips = frames;
  args.y = embedding;
  if (pass.wants("tap.attention")) args.attention = pass.arena.take<2>({x.size(0), config_.hops});
  args.workspace = pass.arena.workspace(self_attention_pool_workspace(args, pass.stream));
  pass.run([&] { self_attention_pool(args, pass.stream); });
  if (args.attention.data != nullptr) pass.tap("tap.attention", as_map(View<const float, 2>(args.attention)));
}

// In fp32 whatever the precision: a clip's last two products cost nothing, and their rounding would show.
void BigruPool::classify(const Pass& pass, const View<const float, 2>& embedding,
                         const View<float, 2>& log_posterior) const {
  const Arena::Scope scope(pass.arena);
  const Pass exact = pass.in_fp32();
  const View<float, 2> hidden = pass.arena.take<2>({embedding.size(0), dense_.outputs()});
  dense_.forward(exact, embedding, hidden, Activation::relu);
  out_.forward(exact, hidden, log_posterior);
  pass.tap("logits", as_map(View<const float, 2>(log_posterior)));
  pass.run([&] { log_softmax({log_posterior, log_posterior}, pass.stream); });
}

void BigruPool::forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                        std::span<const View<float, 2>> outputs) const {
  const ObserverScope step = pass.step("head");
  const Arena::Scope scope(pass.arena);
  Ragged groups = frames;
  const View<const float, 2> rows = recur(pass, front(pass, x, groups), groups);
  pool(pass, rows, groups, outputs[1]);
  classify(pass, outputs[1], outputs[0]);
}

std::map<std::string, std::vector<int64_t>> BigruPool::result_shapes(const ValuesByName& inputs) const {
  return head_result_shapes(config_, inputs);
}

void BigruPool::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  run_head_alone(*this, config_, pass, inputs, results);
}

std::unique_ptr<Network> make_bigru_pool(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<BigruPool>(dynamic_cast<const networks::BigruPoolConfig&>(config), weights);
}

}  // namespace serene::runtime
