// TRNet's recogniser (arXiv 2404.12979) and its variants in a model file.
#pragma once

#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

enum class TrnetEncoder { cnn6, residual };

struct TrnetConfig : NetworkConfig {
  TrnetEncoder encoder = TrnetEncoder::cnn6;
  std::vector<int> widths;  // output channels of the four blocks
  int embedding = 256;      // E
  int hidden = 128;         // width between the classifier's two layers
  bool blend = true;        // coefficient c and blended features; without it no enhancement is used
  bool bridge = true;       // FiLM of the embedding by c
  int classes = 4;          // K

  std::string_view network() const override { return "trnet"; }
  Role role() const override { return Role::recogniser; }
  int64_t class_count() const override { return classes; }
  // The authors' recipe; no checkpoint says what it was trained with.
  UsualClip usual_clip() const override { return {.fit = "tile:5", .is_known = false}; }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  static std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader);
  // All but the encoder's kind and the number of classes, which version 1 of the model file has elsewhere.
  void read_layers(json::ObjectReader& reader);
  void write_layers(json::Object& object) const;
  static TrnetEncoder read_encoder(json::ObjectReader& reader, const std::string& key);
  std::string_view encoder_name() const { return encoder == TrnetEncoder::cnn6 ? "cnn6" : "residual"; }

  static bool recognises(const Checkpoint& checkpoint);
  static Import import(const Checkpoint& checkpoint);
};

extern const NetworkFormat trnet_format;

}  // namespace serene::networks
