// wav2vec 2.0 (arXiv 2006.11477), HuBERT (2106.07447) and WavLM (2110.13900) in a model file: convolutions
// over the waveform, then transformer layers.
#pragma once

#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct SpeechTransformerConfig : EncoderConfig {
  bool normalize = true;          // the clip's samples to mean 0 and variance 1
  std::vector<int> conv_widths;   // output channels of each convolution over time
  std::vector<int> conv_taps;     // as many
  std::vector<int> conv_strides;  // as many
  bool conv_bias = false;
  // A layer norm over the channels after each convolution; without, a group norm over time after the first.
  bool conv_layer_norm = false;
  bool projection_norm = true;  // a layer norm before the projection to `hidden`
  int hidden = 768;             // H
  int position_taps = 128, position_groups = 16;
  bool pre_norm = false;  // layer norms before attention and feed-forward, not after the sums
  int kept_layers = 12;   // whose weights are there
  int published_layers = 12;
  static constexpr int kMostLayers = 1000;
  int heads = 12;
  int feed_forward = 3072;
  double eps = 1e-5;
  // Of WavLM's bias by distance; 0 without.
  int buckets = 0, largest_distance = 0;

  std::string_view network() const override { return "speech_transformer"; }
  int64_t width() const override { return hidden; }
  int64_t layers() const override { return kept_layers; }
  int64_t all_layers() const override { return published_layers; }
  std::shared_ptr<const EncoderConfig> with_layers(int64_t layers) const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  // Whether the last state is normed: in a pre-norm network with all of its layers.
  bool norms_last_state() const { return pre_norm && kept_layers == published_layers; }
  // Why the widths do not belong together, with the key; nothing if they do.
  struct Fault {
    std::string key, cause;
  };
  std::optional<Fault> fault() const;
};

extern const NetworkFormat speech_transformer_format;

// In import.cpp.
bool is_speech_transformer(const Checkpoint& checkpoint);
Import import_speech_transformer(const Checkpoint& checkpoint);
bool is_unused_by_speech_transformer(std::string_view tensor);

}  // namespace serene::networks
