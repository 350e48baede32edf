// A bidirectional GRU, structured self-attention over its rows and a classifier, on an encoder's hidden
// states (after arXiv 2311.07093; no code of its authors is public, the layout is ours).
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct BigruPoolConfig : HeadConfig {
  int channels = 512;    // H, of the states
  int frame_pool = 1;    // frames whose mean is one that the head works on
  int input = 0;         // channels that those are projected to; 0: they stay as they are
  int units = 128;       // U, of a direction
  int depth = 1;         // GRU layers
  int attention = 64;    // P
  int hops = 1;          // R
  int hidden = 128;      // Q, width between the classifier's two layers
  int classes = 4;       // K
  int mixed_states = 0;  // weights of the sum of all states; 0: it reads one
  int read_state = -1;   // where it reads one: which, -1 for the last

  std::string_view network() const override { return "bigru_pool"; }
  int64_t class_count() const override { return classes; }
  int64_t width() const override { return channels; }
  std::optional<int64_t> state() const override {
    return mixed_states > 0 ? std::nullopt : std::optional<int64_t>(read_state);
  }
  int64_t summed_states() const override { return mixed_states; }
  std::vector<OutputSpec> outputs() const override;
  int64_t embedding() const { return int64_t{2} * units * hops; }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  static std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader);
  static bool recognises(const Checkpoint& checkpoint);
  static Import import(const Checkpoint& checkpoint);
};

extern const NetworkFormat bigru_pool_format;

}  // namespace serene::networks
