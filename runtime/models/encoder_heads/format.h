// A speech encoder and heads on it, as a model.
#pragma once

#include <vector>

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat encoder_heads_model_format;

// The parts that are heads, in the order of their outputs.
std::vector<const PartConfig*> heads_of(const ModelConfig& config);

}  // namespace serene::models
