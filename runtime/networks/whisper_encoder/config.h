// Whisper's encoder (arXiv 2212.04356) in a model file.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct WhisperEncoderConfig : EncoderConfig {
  int mels = 80;         // M
  int channels = 512;    // H
  int heads = 8;         // A
  int inner = 2048;      // width between the two layers of a block's feed-forward part
  int positions = 1500;  // frames of the longest clip
  int kept = 6;          // blocks whose weights are there
  int published = 6;     // blocks of the published network

  std::string_view network() const override { return "whisper_encoder"; }
  int64_t width() const override { return channels; }
  int64_t layers() const override { return kept; }
  int64_t all_layers() const override { return published; }
  // What it was trained on, and what both public classes take.
  UsualClip usual_clip() const override { return {.fit = "pad:30"}; }
  std::shared_ptr<const EncoderConfig> with_layers(int64_t layers) const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  // Why there is no attention with these heads; "" where there is.
  std::string why_no_heads() const;

  static std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader);
  static bool recognises(const Checkpoint& checkpoint);
  static Import import(const Checkpoint& checkpoint);
  static bool is_unused(std::string_view tensor);
};

extern const NetworkFormat whisper_encoder_format;

}  // namespace serene::networks
