// Model files of the toy network: the weights of tests/toy/golden/toy.safetensors.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/models/common/model_config.h"
#include "tests/toy/networks/toy/config.h"
#include "weights/safetensors.h"

namespace serene::test {

inline weights::Tensors toy_tensors() {
  const auto tensor = [](const std::string& name, std::vector<int64_t> shape, std::vector<float> values) {
    return std::pair(name, weights::from_float(name, std::move(shape), values));
  };
  return {tensor("net.mean.weight", {2, 1}, {4, -4}), tensor("net.mean.bias", {2}, {0.5f, 0.25f}),
          tensor("net.classes.weight", {2, 2}, {1, 0, 0, 1}), tensor("net.classes.bias", {2}, {0, 0})};
}

// "point", or "measures" with as many outputs of classes as there are names: up and down.
inline std::vector<std::byte> toy_model(const std::string& model,
                                        const std::vector<std::string>& classes = {},
                                        const models::Fit& clip = {}) {
  models::ModelConfig config;
  config.model = model;
  config.clip = clip;
  config.parts.push_back({"net", std::make_shared<networks::ToyConfig>()});
  for (const std::string& name : classes) {
    config.outputs.push_back(
        {.name = name, .kind = models::OutputKind::classes, .size = 2, .labels = {"up", "down"}});
  }
  weights::TensorFile file;
  file.tensors = toy_tensors();
  file.metadata["serene"] = models::to_json(config);
  return weights::serialize_safetensors(file);
}

}  // namespace serene::test
