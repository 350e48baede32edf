// Two networks that only tests of the converter know, without a forward pass: an encoder and a head on it, as
// they come in one checkpoint.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

// in.weight (H, 1), layers.N.weight (H, H); in a checkpoint after "enc.".
struct ToyEncoderConfig : EncoderConfig {
  int64_t channels = 1, kept = 1, all = 1;  // H, layers in the file, layers of the network
  int64_t heads = 1;                        // in no shape

  std::string_view network() const override { return "toy_encoder"; }
  int64_t width() const override { return channels; }
  int64_t layers() const override { return kept; }
  int64_t all_layers() const override { return all; }
  UsualClip usual_clip() const override { return {.fit = "pad:30"}; }
  std::shared_ptr<const EncoderConfig> with_layers(int64_t layers) const override;
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

// out.weight (K, H), layer_weights (L + 1) where it weights all states. Classes, or K numbers where the
// checkpoint's problem_type is there.
struct ToyHeadConfig : HeadConfig {
  int64_t channels = 1, classes = 1, states = 0, read_state = -1;
  bool regression = false;

  std::string_view network() const override { return "toy_head"; }
  int64_t width() const override { return channels; }
  std::optional<int64_t> state() const override {
    return states > 0 ? std::nullopt : std::optional(read_state);
  }
  int64_t summed_states() const override { return states; }
  std::vector<OutputSpec> outputs() const override {
    return {regression ? vector_output("numbers", classes) : classes_output("emotion", classes)};
  }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

}  // namespace serene::networks
