// Version 1 of the model file, which knew TRNet alone: {"se": {...}, "ser": {...}}.
#pragma once

#include "runtime/models/common/model_config.h"
#include "weights/json/object_reader.h"
#include "weights/json/value.h"

namespace serene::models {

// As model `trnet`, or `enhance` without a recogniser, with parts `se` and `ser`. Throws Error(model).
ModelConfig read_version_1(json::ObjectReader& reader);
// What read_version_1() gave.
void write_version_1(const ModelConfig& config, json::Object& object);

}  // namespace serene::models
