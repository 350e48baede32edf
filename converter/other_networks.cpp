#include "converter/other_networks.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace serene::converter {
namespace {

struct Mark {
  std::string_view network, part;
  bool at_start;
};
// Parts of names that one network has and the others lack, in the spelling of transformers, fairseq and the
// authors. What wav2vec2, HuBERT and WavLM share comes last.
constexpr std::array<Mark, 10> kMarks{
    {{"WavLM", "wavlm.", true},
     {"WavLM", "gru_rel_pos_", false},
     {"WavLM", "rel_attn_embed.", false},
     {"WavLM", ".self_attn.grep_linear.", false},
     {"HuBERT", "hubert.", true},
     {"HuBERT", "label_embs_concat", true},
     {"wav2vec2", "wav2vec2.", true},
     {"wav2vec2", "quantizer.", true},
     {"wav2vec2", "project_q.", true},
     {"wav2vec2, HuBERT or WavLM", "feature_extractor.conv_layers.", false}}};

// Two convolutions and a table of positions: others have one or the other.
bool is_whisper(const weights::StoredTensors& tensors) {
  for (const std::string encoder : {"encoder.", "model.encoder."}) {
    if (tensors.contains(encoder + "conv1.weight") && tensors.contains(encoder + "conv2.weight") &&
        (tensors.contains(encoder + "embed_positions.weight") ||
         tensors.contains(encoder + "positional_embedding")))
      return true;
  }
  return false;
}

}  // namespace

std::string other_network(const weights::StoredTensors& tensors) {
  if (is_whisper(tensors)) return "Whisper";
  for (const Mark& mark : kMarks) {
    const bool found = std::any_of(tensors.begin(), tensors.end(), [&](const auto& item) {
      return mark.at_start ? item.first.starts_with(mark.part)
                           : item.first.find(mark.part) != item.first.npos;
    });
    if (found) return std::string(mark.network);
  }
  return "";
}

}  // namespace serene::converter
