// A pickle machine that builds records and runs nothing.
//
// Classes and functions are only names here. The few that PyTorch uses to put tensors together are
// interpreted; classes are accepted only as labels of records (an object made without arguments, then given a
// state); anything else, above all a call, is refused with its name and the byte where it is.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "converter/pickle_value.h"

namespace serene::converter {

// Reads one pickle from the start of `bytes`, protocols 0 to 5, and sets *end to the byte after its STOP.
// `name` begins error messages. `bytes` must outlive the pickle, which refers to them. Throws Error(model).
Pickle unpickle(std::span<const std::byte> bytes, const std::string& name, size_t* end);

}  // namespace serene::converter
