// How a clip is brought to the length the weights were trained with.
#pragma once

#include <string>

#include "weights/json/object_reader.h"

namespace serene::models {

enum class FitRule { tile, pad, none };

struct Fit {
  FitRule rule = FitRule::none;
  double seconds = 0;  // 0.2 to 600; 0 with `none`
  bool operator==(const Fit&) const = default;
};

// {"rule": ...}, the object of a model file. Throws Error(model) as the reader does.
Fit read_fit(json::ObjectReader reader);
// The same object.
json::Value to_value(const Fit& fit);

}  // namespace serene::models
