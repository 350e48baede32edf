#include "runtime/networks/speech_transformer/conv_front.h"

#include <algorithm>

#include "kernels/conv1d/conv1d.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/normalize/normalize.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {
namespace {

// Whatever the network's configuration says of its other norms.
constexpr float kEps = 1e-5f;

}  // namespace

ConvFront::ConvFront(const networks::SpeechTransformerConfig& config, const WeightReader& weights)
    : layer_norm_(config.conv_layer_norm), normalize_(config.normalize) {
  const WeightReader layers = weights.at("feature_extractor").at("conv_layers");
  for (size_t i = 0; i < config.conv_widths.size(); ++i) {
    const WeightReader reader = layers.at(std::to_string(i));
    std::vector<int64_t> shape = reader.shape("conv.weight");
    shape.push_back(1);
    Layer layer;
    layer.weight = reader.conv(reader.values("conv.weight"), shape);
    layer.taps = config.conv_taps[i];
    layer.stride = config.conv_strides[i];
    if (config.conv_bias) layer.bias = reader.vector("conv.bias");
    if (layer_norm_ || i == 0) {
      layer.norm_weight = reader.vector("layer_norm.weight");
      layer.norm_bias = reader.vector("layer_norm.bias");
    }
    layers_.push_back(std::move(layer));
  }
}

int64_t ConvFront::frames(int64_t samples) const {
  for (const Layer& layer : layers_) samples = conv1d_length(samples, layer.taps, layer.stride, 0);
  return samples;
}

int64_t ConvFront::minimum_samples() const {
  int64_t samples = 1;
  for (size_t i = layers_.size(); i-- > 0;) samples = (samples - 1) * layers_[i].stride + layers_[i].taps;
  return samples;
}

void ConvFront::layer(const Pass& pass, const Layer& layer, const View<const float, 2>& x,
                      const Ragged& x_clips, const Ragged& y_clips, const View<float, 2>& y) const {
  const Arena::Scope scope(pass.arena);
  Conv1dArgs conv;
  conv.x = x;
  conv.x_clips = x_clips;
  conv.weight = &layer.weight;
  conv.taps = layer.taps;
  conv.stride = layer.stride;
  if (layer.bias) conv.bias = layer.bias->view();
  conv.activation = layer.norm_weight ? Activation::none : Activation::gelu;
  conv.y_clips = y_clips;
  conv.y = y;
  conv.precision = pass.precision;
  conv.workspace = pass.arena.workspace(conv1d_workspace(conv, pass.stream));
  pass.run([&] { conv1d(conv, pass.stream); });
  if (!layer.norm_weight) return;
  if (layer_norm_) {
    LayerNormArgs norm;
    norm.x = norm.y = y;
    norm.weight = layer.norm_weight->view();
    norm.bias = layer.norm_bias->view();
    norm.eps = kEps;
    norm.activation = Activation::gelu;
    pass.run([&] { layer_norm(norm, pass.stream); });
    return;
  }
  GroupNormArgs norm;
  norm.x = norm.y = y;
  norm.clips = y_clips;
  norm.weight = layer.norm_weight->view();
  norm.bias = layer.norm_bias->view();
  norm.eps = kEps;
  norm.activation = Activation::gelu;
  norm.workspace =
      pass.arena.workspace(group_norm_workspace(y.size(0), y_clips.clips, y.size(1), pass.stream));
  pass.run([&] { group_norm(norm, pass.stream); });
}

void ConvFront::forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
                        const View<float, 2>& features) const {
  const ObserverScope step = pass.step("convolutions");
  const Arena::Scope scope(pass.arena);
  View<const float, 1> samples = clips.samples;
  if (normalize_) {
    NormalizeArgs args;
    args.x = samples;
    args.clips = clips.clips;
    args.y = pass.arena.take<1>({samples.size(0)});
    pass.run([&] { normalize(args, pass.stream); });
    samples = args.y;
  }
  pass.tap("in.normalised", {samples.data, {1, 1, 1, samples.size(0)}, {0, 0, 0, 1}});

  // Of each layer's output. A layer writes to one of two buffers and reads the other.
  std::vector<Ragged> rows;
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < clips.clips.clips; ++b) lengths.push_back(clips.clips.length(b));
  std::array<int64_t, 2> largest{};
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    for (int64_t& length : lengths) length = conv1d_length(length, layers_[i].taps, layers_[i].stride, 0);
    rows.push_back(pass.ragged(lengths));
    largest[i % 2] = std::max(largest[i % 2], rows[i].rows() * layers_[i].weight.n());
  }
  rows.push_back(frames);
  const std::array<View<float, 1>, 2> buffers{pass.arena.take<1>({largest[0]}),
                                              pass.arena.take<1>({largest[1]})};

  View<const float, 2> x = make_view<2, const float>(samples.data, {samples.size(0), 1});
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool last = i + 1 == layers_.size();
    const View<float, 2> y =
        last ? features : make_view<2>(buffers[i % 2].data, {rows[i].rows(), layers_[i].weight.n()});
    layer(pass, layers_[i], x, i == 0 ? clips.clips : rows[i - 1], rows[i], y);
    if (i == 0) pass.tap("tap.conv.0", as_map(y));
    x = y;
  }
}

}  // namespace serene::runtime
