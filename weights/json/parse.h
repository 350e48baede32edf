// From JSON text to a tree, strictly and within bounds.
#pragma once

#include <stdexcept>
#include <string_view>

#include "weights/json/value.h"

namespace serene::json {

// what() is "not valid JSON", "nested too deep" or "<key>: duplicate key".
class ParseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Objects and arrays may be nested `deepest` deep: writing and freeing a tree recurses. A tree takes up to
// some twenty times the memory of its text, whose length the caller limits.
Value parse(std::string_view text, size_t deepest);

}  // namespace serene::json
