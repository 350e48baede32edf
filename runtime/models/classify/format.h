// A network that classifies waveforms, as a model.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat classify_model_format;

}  // namespace serene::models
