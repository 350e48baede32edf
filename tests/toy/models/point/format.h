// The toy network as a model that gives a vector and nothing else.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat point_model_format;

}  // namespace serene::models
