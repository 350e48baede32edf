// NRSER (arXiv 2309.01164) as a model: an enhancer, an estimator of how much is speech, a speech encoder and
// heads.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat nrser_model_format;

}  // namespace serene::models
