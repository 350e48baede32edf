// A speech encoder and heads on it, as a model.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat encoder_heads_model_format;

}  // namespace serene::models
