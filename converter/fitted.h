// Tensors of a checkpoint as those of a part of a model file, and whether their values are sound.
#pragma once

#include <string>
#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::converter {

// Those that the import's configuration lists, all of which there are, by the names "<part>.<name>" and as
// float32. Values are read when they are asked for.
weights::StoredTensors fitted(const networks::Import& import, const std::string& part);

// What no trained network has: values that are not finite, variances below zero, nothing but zeros. A line a
// tensor, names without `prefix`; empty if all is well. Reads the tensors, which are float32, one by one.
std::vector<std::string> unsound_values(const weights::StoredTensors& tensors, const std::string& prefix);

}  // namespace serene::converter
