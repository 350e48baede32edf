// NRSER's detector of speech (arXiv 2309.01164) in a model file. All of it is fixed by its definition.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct SnrLevelConfig : NetworkConfig {
  // Of the transform, whose real and imaginary parts have a cosine each.
  static constexpr int64_t kBins = 201;

  std::string_view network() const override { return "snr_level"; }
  Role role() const override { return Role::level; }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

extern const NetworkFormat snr_level_format;

// In import.cpp.
bool is_snr_level(const Checkpoint& checkpoint);
Import import_snr_level(const Checkpoint& checkpoint);

}  // namespace serene::networks
