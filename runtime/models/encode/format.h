// An encoder alone, as a model.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat encode_model_format;

}  // namespace serene::models
