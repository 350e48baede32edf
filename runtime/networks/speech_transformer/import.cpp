// Checkpoints of transformers (config.json says the layout) and of fairseq (shapes say most of it, the user
// the rest).
#include <algorithm>
#include <optional>
#include <set>

#include "runtime/networks/common/checkpoint_shapes.h"
#include "runtime/networks/common/folder_config.h"
#include "runtime/networks/common/settings.h"
#include "runtime/networks/speech_transformer/config.h"
#include "runtime/networks/speech_transformer/join.h"
#include "runtime/networks/speech_transformer/names.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::networks {
namespace {

using Config = SpeechTransformerConfig;

constexpr int kMost = 65536;
const std::vector<int> kWidths(7, 512), kTaps{10, 3, 3, 3, 3, 2, 2}, kStrides{5, 2, 2, 2, 2, 2, 2};
constexpr int kBuckets = 320, kLargestDistance = 800;  // WavLM's

void refuse_others(const Checkpoint& checkpoint, FolderConfig& folder) {
  if (const std::string* name = find_lora(checkpoint.tensors))
    weights::refuse(checkpoint.name, *name + ": LoRA weights beside the network's; merge them into it first");
  const std::string type = folder.text("model_type", "wav2vec2");
  if (type != "wav2vec2" && type != "hubert" && type != "wavlm") {
    folder.fail("model_type",
                "is " + type + "; of encoders of waveforms wav2vec2, hubert and wavlm are computed here");
  }
  if (folder.boolean("add_adapter", false))
    folder.fail("add_adapter", "is true: adapters are not computed here");
  if (folder.has("adapter_attn_dim"))
    folder.fail("adapter_attn_dim", "is set: adapters of attention are not computed here");
  if (folder.boolean("conv_pos_batch_norm", false))
    folder.fail("conv_pos_batch_norm", "is true: a batch norm of positions is not computed here");
  for (const char* key : {"hidden_act", "feat_extract_activation"}) folder.require(key, "gelu");
}

// What config.json says; absent keys are those of the base layout.
Config of_folder(FolderConfig& folder) {
  Config config;
  config.conv_widths = folder.integers("conv_dim", 16, 1, kMost, kWidths);
  config.conv_taps = folder.integers("conv_kernel", 16, 1, kMost, kTaps);
  config.conv_strides = folder.integers("conv_stride", 16, 1, kMost, kStrides);
  config.conv_bias = folder.boolean("conv_bias", false);
  const std::string norm = folder.text("feat_extract_norm", "group");
  if (norm != "group" && norm != "layer") folder.fail("feat_extract_norm", "must be group or layer");
  config.conv_layer_norm = norm == "layer";
  config.projection_norm = folder.boolean("feat_proj_layer_norm", true);
  config.hidden = folder.integer("hidden_size", 1, kMost, 768);
  config.position_taps = folder.integer("num_conv_pos_embeddings", 1, kMost, 128);
  config.position_groups = folder.integer("num_conv_pos_embedding_groups", 1, kMost, 16);
  config.pre_norm = folder.boolean("do_stable_layer_norm", false);
  config.published_layers = folder.integer("num_hidden_layers", 1, SpeechTransformerConfig::kMostLayers, 12);
  config.heads = folder.integer("num_attention_heads", 1, kMost, 12);
  config.feed_forward = folder.integer("intermediate_size", 1, kMost, 3072);
  config.eps = folder.number("layer_norm_eps", 0, 1, 1e-5);
  if (folder.text("model_type", "") == "wavlm") {
    config.buckets = folder.integer("num_buckets", 1, kMost, kBuckets);
    config.largest_distance = folder.integer("max_bucket_distance", 1, kMost, kLargestDistance);
  }
  return config;
}

// How many there are of a list of layers.
int count_of(const weights::StoredTensors& tensors, std::string_view list) {
  std::set<std::string> numbers;
  for (auto it = tensors.lower_bound(std::string(list)); it != tensors.end() && it->first.starts_with(list);
       ++it)
    numbers.insert(it->first.substr(list.size(), it->first.find('.', list.size()) - list.size()));
  return static_cast<int>(numbers.size());
}

// What shapes say, and the user. `named` has transformers' names.
Config of_shapes(const Checkpoint& named, const Settings& settings) {
  Config config;
  const weights::StoredTensors& tensors = named.tensors;
  const std::string convs = "feature_extractor.conv_layers.", position = "encoder.pos_conv_embed.conv.";
  const int count = count_of(tensors, convs);
  for (int i = 0; i < count; ++i) {
    const std::string weight = convs + std::to_string(i) + ".conv.weight";
    config.conv_widths.push_back(width(named, {{weight, 3, 0}}));
    config.conv_taps.push_back(width(named, {{weight, 3, 2}}));
  }
  config.conv_bias = tensors.contains(convs + "0.conv.bias");
  config.conv_layer_norm = tensors.contains(convs + "1.layer_norm.weight");
  config.projection_norm = has_prefix(tensors, "feature_projection.layer_norm.");
  config.hidden = width(named, {{"feature_projection.projection.weight", 2, 0},
                                {"feature_projection.projection.bias", 1, 0},
                                {"encoder.layer_norm.weight", 1, 0}});
  config.position_taps = width(
      named, {{position + "weight_v", 3, 2}, {position + "weight_g", 3, 2}, {position + "weight", 3, 2}});
  const int group = width(named, {{position + "weight_v", 3, 1}, {position + "weight", 3, 1}});
  config.position_groups = std::max(config.hidden / group, 1);
  config.published_layers = count_of(tensors, "encoder.layers.");
  if (config.published_layers == 0) weights::refuse(named.name, "encoder.layers.0: missing");
  const std::string dense = "encoder.layers.0.feed_forward.intermediate_dense.";
  config.feed_forward = width(named, {{dense + "weight", 2, 0}, {dense + "bias", 1, 0}});
  const std::string table = "encoder.layers.0.attention.rel_attn_embed.weight";
  if (tensors.contains(table)) {
    config.buckets = width(named, {{table, 2, 0}});
    config.largest_distance = kLargestDistance;
  }

  if (const auto strides = settings.integers("strides", static_cast<size_t>(count), kMost)) {
    config.conv_strides = *strides;
  } else if (config.conv_taps == kTaps) {
    config.conv_strides = kStrides;
  } else {
    settings.fail("strides", "needed: the convolutions are not those of the published networks");
  }
  if (const std::optional<int> heads = settings.integer("heads", 1, kMost)) {
    config.heads = *heads;
  } else if (config.hidden != 768) {
    settings.fail("heads", "needed: no tensor says how many heads the " + std::to_string(config.hidden) +
                               " channels are in");
  }
  if (const auto groups = settings.integer("groups", 1, kMost); groups && *groups != config.position_groups) {
    settings.fail("groups", "the position convolution has " + std::to_string(config.position_groups));
  }
  config.pre_norm = settings.boolean("pre_norm").value_or(false);
  return config;
}

bool normalizes(const Checkpoint& checkpoint, const Settings& settings, bool fairseq) {
  FolderConfig preprocessor(checkpoint.preprocessor, checkpoint.name);
  return settings.boolean("normalize").value_or(preprocessor.boolean("do_normalize", !fairseq));
}

weights::StoredTensors in_form(const Config& config, const Checkpoint& named) {
  const std::vector<weights::TensorSpec> made = config.tensors();
  std::vector<weights::TensorSpec> wanted;
  for (const weights::TensorSpec& spec : made) {
    for (weights::TensorSpec& source : sources_of(spec, named.tensors)) wanted.push_back(std::move(source));
  }
  const weights::TensorRule rule{.takes = [](weights::DType) { return true; },
                                 .wanted = "",
                                 .owner = "the network",
                                 .may_be_extra = is_unused_by_speech_transformer};
  const std::vector<std::string> problems = weights::misfits(named.tensors, wanted, rule);
  if (!problems.empty()) weights::refuse(named.name, weights::misfit_text(problems));
  weights::StoredTensors all;
  for (const weights::TensorSpec& spec : made)
    all.emplace(spec.name, joined(spec, named.tensors, named.name));
  for (const auto& [name, tensor] : named.tensors) {
    if (is_unused_by_speech_transformer(name)) all.emplace(name, tensor);
  }
  return all;
}

}  // namespace

bool is_speech_transformer(const Checkpoint& checkpoint) {
  return encoder_prefix(checkpoint.tensors).has_value();
}

bool is_unused_by_speech_transformer(std::string_view tensor) {
  // Of pre-training and of text.
  constexpr std::string_view kBeginnings[] = {"masked_spec_embed", "quantizer.",        "project_q.",
                                              "project_hid.",      "lm_head.",          "dropout.",
                                              "mask_emb",          "label_embs_concat", "final_proj."};
  return is_of_head(tensor) ||
         std::ranges::any_of(kBeginnings, [&](std::string_view name) { return tensor.starts_with(name); });
}

Import import_speech_transformer(const Checkpoint& checkpoint) {
  FolderConfig folder(checkpoint.config, checkpoint.name);
  refuse_others(checkpoint, folder);
  const std::string prefix = encoder_prefix(checkpoint.tensors).value();
  const bool fairseq = is_fairseq(checkpoint.tensors, prefix);
  Checkpoint named;
  named.name = checkpoint.name;
  named.tensors = renamed(checkpoint.tensors, prefix, fairseq);
  const Settings settings(checkpoint);
  if (folder.exists()) {
    for (const char* key : {"groups", "heads", "pre_norm", "strides"}) {
      if (settings.text(key)) settings.fail(key, "config.json says it");
    }
  }
  auto config = std::make_shared<Config>(folder.exists() ? of_folder(folder) : of_shapes(named, settings));
  config->kept_layers = config->published_layers;
  config->normalize = normalizes(checkpoint, settings, fairseq);
  if (const auto fault = config->fault()) weights::refuse(checkpoint.name, fault->key + ": " + fault->cause);
  weights::StoredTensors tensors = in_form(*config, named);
  return {std::move(config), std::move(tensors)};
}

}  // namespace serene::networks
