// Several outputs of the toy network: classes if the file has labels, two scalars, a vector.
#pragma once

#include "runtime/models/common/model_format.h"

namespace serene::models {

extern const ModelFormat measures_model_format;

}  // namespace serene::models
