#include "runtime/networks/speech_transformer/speech_transformer.h"

#include <algorithm>

#include "kernels/common/error.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"
#include "kernels/position_bias/position_bias.h"
#include "runtime/networks/common/as_map.h"
#include "runtime/networks/common/encoder_alone.h"
#include "runtime/networks/common/head_tensors.h"

namespace serene::runtime {

SpeechTransformer::SpeechTransformer(const networks::SpeechTransformerConfig& config,
                                     const WeightReader& weights)
    : config_(config),
      front_(config, weights),
      projection_(weights.at("feature_projection").at("projection")) {
  if (config.projection_norm)
    projection_norm_.emplace(weights.at("feature_projection").at("layer_norm"), config.eps);
  const WeightReader encoder = weights.at("encoder"), conv = encoder.at("pos_conv_embed").at("conv");
  const int64_t group = config.hidden / config.position_groups;
  position_weight_ = PackedMatrix::from_grouped_conv(conv.values("weight"), config.position_groups, group,
                                                     group, config.position_taps, conv.memory());
  position_conv_bias_ = conv.vector("bias");
  if (!config.pre_norm || config.norms_last_state()) norm_.emplace(encoder.at("layer_norm"), config.eps);
  for (int i = 0; i < config.kept_layers; ++i)
    layers_.emplace_back(config, encoder.at("layers").at(std::to_string(i)), i);
  if (config.buckets > 0 && !layers_.empty())
    distance_table_ = encoder.vector("layers.0.attention.rel_attn_embed.weight");
}

void SpeechTransformer::embed(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                              const View<float, 2>& x) const {
  const Arena::Scope scope(pass.arena);
  const View<float, 2> features = pass.arena.take<2>({frames.rows(), front_.width()});
  front_.forward(pass, clips, frames, features);
  pass.tap("tap.features", as_map(View<const float, 2>(features)));
  const View<float, 2> projected = pass.arena.take<2>(x.shape);
  {
    const ObserverScope step = pass.step("projection");
    if (projection_norm_) projection_norm_->forward(pass, features, features);
    projection_.forward(pass, features, projected);
    pass.tap("tap.projected", as_map(View<const float, 2>(projected)));
  }
  const ObserverScope step = pass.step("positions");
  GroupedConv1dArgs conv;
  conv.x = projected;
  conv.clips = frames;
  conv.weight = &position_weight_;
  conv.groups = config_.position_groups;
  conv.taps = config_.position_taps;
  conv.bias = position_conv_bias_.view();
  conv.y = x;
  conv.precision = pass.precision;
  conv.workspace =
      pass.arena.workspace(grouped_conv1d_workspace(x.size(1), conv.groups, conv.taps, pass.stream));
  if (pass.wants("tap.pos_conv")) {
    pass.run([&] { grouped_conv1d(conv, pass.stream); });
    pass.tap("tap.pos_conv", as_map(View<const float, 2>(x)));
  }
  conv.residual = projected;
  pass.run([&] { grouped_conv1d(conv, pass.stream); });
}

View<const float, 2> SpeechTransformer::position_bias(const Pass& pass, const Ragged& frames) const {
  if (config_.buckets == 0 || layers_.empty()) return {};
  const ObserverScope step = pass.step("position_bias");
  const int64_t longest = frames.longest(), columns = 2 * longest - 1;
  PositionBiasArgs args;
  args.table = make_view<2>(distance_table_.data(), {config_.buckets, config_.heads});
  args.largest = config_.largest_distance;
  args.y = pass.arena.take<2>({config_.heads, columns});
  pass.run([&] { serene::position_bias(args, pass.stream); });
  // (heads, T, T), of which a row begins a number before the one above.
  pass.tap("tap.position_bias",
           {args.y.data + longest - 1, {1, config_.heads, longest, longest}, {0, columns, -1, 1}});
  return args.y;
}

void SpeechTransformer::forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                                const TakeState& take) const {
  const ObserverScope step = pass.step("encoder");
  const Arena::Scope scope(pass.arena);
  const View<float, 2> x = pass.arena.take<2>({frames.rows(), config_.hidden});
  const auto hand_out = [&](int64_t index) {
    pass.tap("tap.hidden." + std::to_string(index), as_map(View<const float, 2>(x)));
    take(index, x);
  };
  embed(pass, clips, frames, x);
  if (!config_.pre_norm) norm_->forward(pass, x, x);
  hand_out(0);
  const View<const float, 2> bias = position_bias(pass, frames);
  for (size_t i = 0; i < layers_.size(); ++i) {
    {
      const ObserverScope layer = pass.step("layer");
      layers_[i].forward(pass, frames, bias, x);
    }
    if (config_.norms_last_state() && i + 1 == layers_.size()) {
      pass.tap("tap.last_block", as_map(View<const float, 2>(x)));
      norm_->forward(pass, x, x);
    }
    hand_out(static_cast<int64_t>(i) + 1);
  }
}

std::map<std::string, std::vector<int64_t>> SpeechTransformer::result_shapes(
    const ValuesByName& inputs) const {
  const auto pcm = inputs.find("pcm");
  if (pcm == inputs.end() || pcm->second.shape.size() != 2 || pcm->second.shape[1] < minimum_samples()) {
    throw Error(ErrorKind::invalid_argument, "speech_transformer: input pcm: wanted (B, N), N " +
                                                 std::to_string(minimum_samples()) + " samples at the least");
  }
  return {{"last", {pcm->second.shape[0] * frames(pcm->second.shape[1]), width()}}};
}

void SpeechTransformer::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  encode_alone(*this, pass, inputs.at("pcm").view<2>(), results.at("last").view<2>());
}

std::vector<ReferenceRun> SpeechTransformer::reference_runs(const weights::TensorFile& file) const {
  std::vector<ReferenceRun> runs;
  for (int i = 0;; ++i) {
    const std::string prefix = std::to_string(i) + ".";
    const weights::Tensor* pcm = file.find(prefix + "in.pcm");
    if (pcm == nullptr) return runs;
    ReferenceRun run;
    run.inputs["pcm"] = {{1, pcm->numel()}, weights::to_float(*pcm)};
    run.prefix = prefix;
    run.of_others = head_tensors(prefix);
    runs.push_back(std::move(run));
  }
}

std::unique_ptr<Network> make_speech_transformer(const networks::NetworkConfig& config,
                                                 const WeightReader& weights) {
  return std::make_unique<SpeechTransformer>(dynamic_cast<const networks::SpeechTransformerConfig&>(config),
                                             weights);
}

}  // namespace serene::runtime
