// Which tensors a configuration needs, by name and shape. Names are the published checkpoints' own behind the
// prefix "se." or "ser.".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/config.h"

namespace serene::weights {

struct TensorSpec {
  std::string name;
  std::vector<int64_t> shape;
};

std::vector<TensorSpec> se_schema(const SeConfig& config);
std::vector<TensorSpec> ser_schema(const SerConfig& config);
// Both parts, those that the configuration has.
std::vector<TensorSpec> schema(const ModelConfig& config);

}  // namespace serene::weights
