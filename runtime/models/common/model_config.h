// What a model file says about itself: the JSON under the metadata key "serene" (weights/FORMAT.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/models/common/fit.h"
#include "runtime/networks/common/network_config.h"
#include "runtime/networks/common/output_spec.h"
#include "weights/json/value.h"

namespace serene::models {

using networks::OutputKind;
using networks::OutputSpec;

// The version that is written, raised on an incompatible change. Version 1 is read and written as it was.
inline constexpr int kFormatVersion = 2;
inline constexpr int kSampleRate = 16000;
// Of the JSON text: a thousand long labels.
inline constexpr size_t kLongestConfiguration = 64 << 10;

// A network of a model. Its name, with a dot, begins the names of its tensors in the file.
struct PartConfig {
  std::string name;
  std::shared_ptr<const networks::NetworkConfig> network;
};

struct ModelConfig {
  int version = kFormatVersion;
  std::string model;                // the folder that wires the parts: "trnet"
  Fit clip;                         // of what is scored
  std::vector<PartConfig> parts;    // in the order of their names
  std::vector<OutputSpec> outputs;  // those whose labels are in the file
  bool nonfinite = false;           // converted with --allow-nonfinite: its values are not checked

  // The first part used as that; null where there is none.
  const PartConfig* find(networks::Role role) const;
  size_t count(networks::Role role) const;
};

// Whether a part or an output may be called so: 1 to 64 of a-z, 0-9 and _. A part's name begins the names of
// its tensors, up to a dot.
bool is_part_name(const std::string& name);

// All tensors of all parts, by their names in the file.
std::vector<weights::TensorSpec> tensors_of(const ModelConfig& config);

json::Value to_value(const ModelConfig& config);
// Canonical JSON: the same text for equal configurations.
std::string to_json(const ModelConfig& config);
// Throws Error(model) "<name>: configuration: <key>: <cause>".
ModelConfig config_from_json(const std::string& text, const std::string& name);

}  // namespace serene::models
