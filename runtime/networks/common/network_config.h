// What a model file says about one of its networks, and what a network is used as.
#pragma once

#include <string_view>
#include <vector>

#include "weights/json/value.h"
#include "weights/schema.h"

namespace serene::networks {

// What a model uses a network as.
enum class Role {
  enhancer,    // waveform to waveform
  recogniser,  // waveform, and its enhanced self, to classes
  classifier,  // waveform to classes
};

// "enhancer"
std::string_view name_of(Role role);

// The configuration of one network. Each network's folder has its own; it follows from a checkpoint's shapes.
class NetworkConfig {
 public:
  virtual ~NetworkConfig() = default;
  // The name of the network's folder: "cmgan".
  virtual std::string_view network() const = 0;
  virtual Role role() const = 0;
  // Of its output; 0 where that is no classes.
  virtual int64_t class_count() const { return 0; }
  // Its keys and values in a model file, but for "network".
  virtual void write(json::Object& object) const = 0;
  // All of its tensors, by the names of the published checkpoint.
  virtual std::vector<weights::TensorSpec> tensors() const = 0;
};

}  // namespace serene::networks
