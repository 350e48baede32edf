// TRNet as a model: a recogniser, and the enhancer that it blends with.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat trnet_model_format;

// Its primary output.
OutputSpec emotion_output(std::vector<std::string> labels);

}  // namespace serene::models
