// The outputs of a clip as callers have them: of classes, probabilities instead of their logarithms.
#pragma once

#include <span>
#include <vector>

#include "runtime/networks/common/output_spec.h"

namespace serene::runtime {

std::vector<std::vector<float>> output_values(std::span<const networks::OutputSpec> specs,
                                              std::vector<std::vector<float>> outputs);

}  // namespace serene::runtime
