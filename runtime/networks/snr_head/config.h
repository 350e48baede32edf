// A head that estimates the signal-to-noise ratio of a clip and whether there is speech in it.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct SnrHeadConfig : HeadConfig {
  int channels = 512;  // H, of the states
  int frame_pool = 4;  // frames whose mean is one that the head works on
  int frame = 64;      // F, channels of a frame
  int dense = 32;      // D, channels of a clip
  int read_state = 1;  // which hidden state it reads, -1 for the last

  // Decibels: what the estimate is held between.
  static constexpr float kLowest = -10, kHighest = 40;

  std::string_view network() const override { return "snr_head"; }
  int64_t width() const override { return channels; }
  std::optional<int64_t> state() const override { return read_state; }
  int64_t summed_states() const override { return 0; }
  std::vector<OutputSpec> outputs() const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

extern const NetworkFormat snr_head_format;

// In import.cpp.
bool is_snr_head(const Checkpoint& checkpoint);
Import import_snr_head(const Checkpoint& checkpoint);

}  // namespace serene::networks
