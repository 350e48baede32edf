// The ratio of speech to noise in a clip, and whether there is speech at all, from an encoder's hidden state.
//
// A layer on every group of frames gives the logarithms of two powers; summed up over time each, since speech
// and noise come and go, they are the two sides of the ratio. The layer's mean over time decides on speech.
// The layout is ours (weights/training/serene_training/quality.py).
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct SnrHeadConfig : HeadConfig {
  int channels = 512;           // H, of the states
  int read_state = -1;          // which it reads, -1 for the last
  int frame_pool = 1;           // frames whose mean is one that the head works on
  int frame = 64;               // F, channels of the layer on each of those
  int hidden = 32;              // width between the two layers behind the mean
  double speech_threshold = 0;  // probability of speech below which a clip has none; 0: every clip has

  std::string_view network() const override { return "snr_head"; }
  int64_t width() const override { return channels; }
  std::optional<int64_t> state() const override { return read_state; }
  int64_t summed_states() const override { return 0; }
  std::vector<OutputSpec> outputs() const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  static std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader);
  // Its tensors may stand beside those of another head, with `quality.` before their names.
  static bool recognises(const Checkpoint& checkpoint);
  static Import import(const Checkpoint& checkpoint);
};

extern const NetworkFormat snr_head_format;

}  // namespace serene::networks
