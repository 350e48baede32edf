// Two classes by the mean of the samples.
#pragma once

#include "runtime/networks/common/network_format.h"

namespace serene::networks {

struct ToyConfig : NetworkConfig {
  int classes = 2;  // K

  std::string_view network() const override { return "toy"; }
  Role role() const override { return Role::classifier; }
  int64_t class_count() const override { return classes; }
  void write(json::Object& object) const override;
  std::vector<weights::TensorSpec> tensors() const override;
};

extern const NetworkFormat toy_format;

// In import.cpp.
bool is_toy(const Checkpoint& checkpoint);
Import import_toy(const Checkpoint& checkpoint);

}  // namespace serene::networks
