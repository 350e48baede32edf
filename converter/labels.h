// The names of classes that a checkpoint's configuration has.
#pragma once

#include <string>
#include <vector>

#include "weights/json/value.h"

namespace serene::converter {

// `id2label` of a config.json, in the order of its numbers; empty where there is none, or where it has but
// placeholders (LABEL_0, LABEL_1, ...). `file` begins error messages. Throws Error(model).
std::vector<std::string> labels_of(const json::Value& config, const std::string& file);

}  // namespace serene::converter
