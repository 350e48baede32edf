#include "runtime/networks/speech_transformer/config.h"

#include <array>

namespace serene::networks {
namespace {

constexpr int kMostConvs = 16, kMostWidth = 4096;

std::vector<int> read_integers(json::ObjectReader& reader, const std::string& key, int high) {
  const auto* array = reader.get(key).as<json::Array>();
  const bool sound = array != nullptr && !array->empty() && array->size() <= kMostConvs;
  if (!sound) reader.fail(key, "must be 1 to " + std::to_string(kMostConvs) + " integers");
  return reader.integers(key, array->size(), 1, high);
}

std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader) {
  auto config = std::make_shared<SpeechTransformerConfig>();
  config->normalize = reader.boolean("normalize");
  config->conv_widths = read_integers(reader, "conv_widths", kMostWidth);
  config->conv_taps = read_integers(reader, "conv_taps", 1000);
  config->conv_strides = read_integers(reader, "conv_strides", 1000);
  config->conv_bias = reader.boolean("conv_bias");
  config->conv_layer_norm = reader.word("conv_norm", {"group", "layer"}) == "layer";
  config->projection_norm = reader.boolean("projection_norm");
  config->hidden = reader.integer("hidden", 1, kMostWidth);
  config->position_taps = reader.integer("position_taps", 1, 1024);
  config->position_groups = reader.integer("position_groups", 1, kMostWidth);
  config->pre_norm = reader.boolean("pre_norm");
  config->published_layers = reader.integer("published_layers", 1, SpeechTransformerConfig::kMostLayers);
  config->kept_layers = reader.integer("layers", 0, config->published_layers);
  config->heads = reader.integer("heads", 1, kMostWidth);
  config->feed_forward = reader.integer("feed_forward", 1, 65536);
  config->eps = reader.number("eps", 0, 1);
  if (reader.has("buckets")) {
    config->buckets = reader.integer("buckets", 4, 65536);
    config->largest_distance = reader.integer("largest_distance", 1, 1000000);
  }
  if (const auto fault = config->fault()) reader.fail(fault->key, fault->cause);
  return config;
}

constexpr std::array<std::string_view, 5> kSettings{"groups", "heads", "normalize", "pre_norm", "strides"};
constexpr std::string_view kArchitectures[] = {"HubertForCTC",
                                               "HubertForSequenceClassification",
                                               "HubertForSpeechClassification",
                                               "HubertModel",
                                               "Wav2Vec2ForCTC",
                                               "Wav2Vec2ForPreTraining",
                                               "Wav2Vec2ForSequenceClassification",
                                               "Wav2Vec2ForSpeechClassification",
                                               "Wav2Vec2Model",
                                               "WavLMForCTC",
                                               "WavLMForSequenceClassification",
                                               "WavLMForSpeechClassification",
                                               "WavLMModel"};

}  // namespace

const NetworkFormat speech_transformer_format{
    .name = "speech_transformer",
    .role = Role::encoder,
    .read = read,
    .landmark = "feature_extractor.conv_layers.0.conv.weight",
    .recognises = is_speech_transformer,
    .import = import_speech_transformer,
    .is_unused = is_unused_by_speech_transformer,
    .settings = kSettings,
    .architectures = kArchitectures,
};

std::shared_ptr<const EncoderConfig> SpeechTransformerConfig::with_layers(int64_t layers) const {
  auto config = std::make_shared<SpeechTransformerConfig>(*this);
  config->kept_layers = static_cast<int>(layers);
  return config;
}

std::optional<SpeechTransformerConfig::Fault> SpeechTransformerConfig::fault() const {
  const auto number = [](int value) { return std::to_string(value); };
  if (conv_taps.size() != conv_widths.size() || conv_strides.size() != conv_widths.size())
    return Fault{"conv_taps", "must be as many as conv_widths and conv_strides"};
  if (hidden % heads != 0)
    return Fault{"heads", number(heads) + " heads do not divide " + number(hidden) + " channels"};
  const int head_width = hidden / heads;
  if (head_width % 8 != 0 || head_width > 128) {
    return Fault{"heads", number(head_width) + " channels a head, and a multiple of 8 up to 128 is computed"};
  }
  if (hidden % position_groups != 0) {
    return Fault{"position_groups",
                 number(position_groups) + " groups do not divide " + number(hidden) + " channels"};
  }
  if (buckets != 0 && (buckets % 4 != 0 || largest_distance <= buckets / 4))
    return Fault{"buckets", "must be a multiple of 4, of which a quarter is below largest_distance"};
  return std::nullopt;
}

void SpeechTransformerConfig::write(json::Object& object) const {
  const auto array = [](const std::vector<int>& values) { return json::Array(values.begin(), values.end()); };
  json::add(object, "normalize", normalize);
  json::add(object, "conv_widths", array(conv_widths));
  json::add(object, "conv_taps", array(conv_taps));
  json::add(object, "conv_strides", array(conv_strides));
  json::add(object, "conv_bias", conv_bias);
  json::add(object, "conv_norm", conv_layer_norm ? "layer" : "group");
  json::add(object, "projection_norm", projection_norm);
  json::add(object, "hidden", hidden);
  json::add(object, "position_taps", position_taps);
  json::add(object, "position_groups", position_groups);
  json::add(object, "pre_norm", pre_norm);
  json::add(object, "layers", kept_layers);
  json::add(object, "published_layers", published_layers);
  json::add(object, "heads", heads);
  json::add(object, "feed_forward", feed_forward);
  json::add(object, "eps", eps);
  if (buckets == 0) return;
  json::add(object, "buckets", buckets);
  json::add(object, "largest_distance", largest_distance);
}

}  // namespace serene::networks
