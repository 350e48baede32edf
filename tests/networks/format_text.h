// A network's configuration as a model file has it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/networks/common/checkpoint.h"
#include "runtime/networks/common/network_config.h"
#include "weights/json/text.h"
#include "weights/tensor.h"

namespace serene::test {

inline std::string text_of(const networks::NetworkConfig& config) {
  json::Object object;
  config.write(object);
  return json::text(std::move(object));
}

// Tensors of the shapes that the configuration wants, with a value each.
inline weights::Tensors tensors_of(const networks::NetworkConfig& config) {
  weights::Tensors tensors;
  for (const weights::TensorSpec& spec : config.tensors()) {
    int64_t count = 1;
    for (const int64_t size : spec.shape) count *= size;
    tensors[spec.name] = weights::from_float(spec.name, spec.shape, std::vector<float>(count, 0.5f));
  }
  return tensors;
}

// Those, as a checkpoint.
inline networks::Checkpoint checkpoint_of(weights::Tensors tensors, const std::string& name) {
  networks::Checkpoint checkpoint;
  checkpoint.name = name;
  checkpoint.tensors = weights::stored(std::move(tensors));
  return checkpoint;
}
// With the state that a head reads, where that has a number.
inline networks::Checkpoint checkpoint_of(const networks::NetworkConfig& config, const std::string& name) {
  networks::Checkpoint checkpoint = checkpoint_of(tensors_of(config), name);
  const auto* head = dynamic_cast<const networks::HeadConfig*>(&config);
  if (head != nullptr && head->state().value_or(-1) >= 0)
    checkpoint.settings["state"] = std::to_string(*head->state());
  return checkpoint;
}

}  // namespace serene::test
