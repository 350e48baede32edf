// Files of models with random weights.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/support/random_model.h"
#include "weights/safetensors.h"

namespace serene::test {

// `scale` is that of its matrices.
inline std::vector<std::byte> model_bytes(const models::ModelConfig& config, float scale = 1) {
  weights::TensorFile file;
  file.tensors = weights::loaded(random_model_file(config).tensors);
  for (auto& [name, tensor] : file.tensors) {
    if (scale == 1 || tensor.shape.size() == 1) continue;
    std::vector<float> values = weights::to_float(tensor);
    for (float& value : values) value *= scale;
    tensor = weights::from_float(name, tensor.shape, values);
  }
  file.metadata["serene"] = models::to_json(config);
  return weights::serialize_safetensors(file);
}

// A small enhancer with a small recogniser: clips of half a second, three labels.
inline ModelSpec small_config() {
  ModelSpec config;
  config.se = small_se();
  config.ser = small_ser(networks::TrnetEncoder::residual);
  return config;
}

inline std::vector<std::byte> model_bytes() { return model_bytes(small_config()); }

}  // namespace serene::test
