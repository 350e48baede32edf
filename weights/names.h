// Names that a model file gives to classes and values: which may be used.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace serene::weights {

inline constexpr size_t kMostNames = 1000;

// Why these cannot be the names of one output's classes or values; "" if they can: there are 1 to kMostNames
// of them, no two are equal, and each is UTF-8 that printable() leaves as it is, and is not empty.
std::string fault_of_names(const std::vector<std::string>& names);

}  // namespace serene::weights
