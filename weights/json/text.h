// From a tree to JSON text.
#pragma once

#include <string>

#include "weights/json/value.h"

namespace serene::json {

// Canonical: keys sorted by their bytes, no spaces, numbers in the fewest digits that give them back. The
// same text for equal documents. Strings are UTF-8.
std::string text(const Value& value);

}  // namespace serene::json
