// CMGAN (arXiv 2203.15149) in a model file. Everything else of the network is fixed by its definition.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct CmganConfig : NetworkConfig {
  int channels = 64;  // C, a multiple of 4
  int tscbs = 4;      // two-stage conformer blocks

  CmganConfig() = default;
  CmganConfig(int channel_count, int block_count) : channels(channel_count), tscbs(block_count) {}
  std::string_view network() const override { return "cmgan"; }
  Role role() const override { return Role::enhancer; }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;

  static std::shared_ptr<const NetworkConfig> read(json::ObjectReader& reader);
  static bool recognises(const Checkpoint& checkpoint);
  static Import import(const Checkpoint& checkpoint);
};

extern const NetworkFormat cmgan_format;

}  // namespace serene::networks
