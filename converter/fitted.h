// The tensors of a checkpoint as those of a part of a model file.
#pragma once

#include <string>
#include <vector>

#include "runtime/networks/common/network_format.h"

namespace serene::converter {

// By the names "<part>.<name>", float32. Throws Error(model) listing everything that is missing, extra or
// misshapen at once (the first 20).
weights::Tensors fitted(const networks::Import& import, const networks::NetworkFormat& format,
                        const std::string& part, const std::string& file);

// What no trained network has: values that are not finite, variances below zero, nothing but zeros. A line a
// tensor, names without `prefix`; empty if all is well.
std::vector<std::string> unsound_values(const weights::Tensors& tensors, const std::string& prefix);

}  // namespace serene::converter
