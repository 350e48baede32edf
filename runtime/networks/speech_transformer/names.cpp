#include "runtime/networks/speech_transformer/names.h"

#include <array>
#include <utility>

namespace serene::networks {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>;

// Whole beginnings.
constexpr std::array<Renaming, 3> kFairseqBeginnings{{
    {"layer_norm.", "feature_projection.layer_norm."},
    {"post_extract_proj.", "feature_projection.projection."},
    {"encoder.pos_conv.0.", "encoder.pos_conv_embed.conv."},
}};
// What comes after the number of a layer.
constexpr std::array<Renaming, 4> kFairseqLayers{{
    {"self_attn.", "attention."},
    {"self_attn_layer_norm.", "layer_norm."},
    {"fc1.", "feed_forward.intermediate_dense."},
    {"fc2.", "feed_forward.output_dense."},
}};
constexpr std::array<Renaming, 3> kFairseqConvs{{
    {"0.", "conv."},
    {"2.1.", "layer_norm."},  // of the channels
    {"2.", "layer_norm."},    // of the group
}};
constexpr std::array<Renaming, 2> kWeightNorm{{
    {"encoder.pos_conv_embed.conv.parametrizations.weight.original0", "encoder.pos_conv_embed.conv.weight_g"},
    {"encoder.pos_conv_embed.conv.parametrizations.weight.original1", "encoder.pos_conv_embed.conv.weight_v"},
}};
constexpr std::string_view kConvs = "feature_extractor.conv_layers.", kLayers = "encoder.layers.";

template <size_t N>
std::string with_beginning(const std::string& name, const std::array<Renaming, N>& renamings) {
  for (const auto& [from, to] : renamings) {
    if (name.starts_with(from)) return std::string(to) + name.substr(from.size());
  }
  return name;
}

// The same after "<list>N.".
template <size_t N>
std::string in_list(const std::string& name, std::string_view list,
                    const std::array<Renaming, N>& renamings) {
  const size_t dot = name.find('.', list.size());
  if (!name.starts_with(list) || dot == name.npos) return name;
  return name.substr(0, dot + 1) + with_beginning(name.substr(dot + 1), renamings);
}

std::string from_fairseq(const std::string& name) {
  if (name.starts_with(kConvs)) return in_list(name, kConvs, kFairseqConvs);
  if (name.starts_with(kLayers)) return in_list(name, kLayers, kFairseqLayers);
  return with_beginning(name, kFairseqBeginnings);
}

}  // namespace

std::optional<std::string> encoder_prefix(const weights::StoredTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const size_t place = name.find(kConvs);
    const bool whole = place == 0 || (place != name.npos && name[place - 1] == '.');
    if (whole) return name.substr(0, place);
  }
  return std::nullopt;
}

bool is_fairseq(const weights::StoredTensors& tensors, const std::string& prefix) {
  return tensors.contains(prefix + std::string(kConvs) + "0.0.weight");
}

weights::StoredTensors renamed(const weights::StoredTensors& tensors, const std::string& prefix,
                               bool fairseq) {
  weights::StoredTensors all;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(prefix)) {
      all.emplace(name, tensor);
      continue;
    }
    const std::string bare = name.substr(prefix.size());
    all.emplace(fairseq ? from_fairseq(bare) : with_beginning(bare, kWeightNorm), tensor);
  }
  return all;
}

}  // namespace serene::networks
