// Whether outputs of a call lie where its inputs do.
#pragma once

#include <span>

namespace serene::runtime {

// Whether any output shares memory with any input.
bool share_memory(std::span<const std::span<const float>> inputs, std::span<const std::span<float>> outputs);

}  // namespace serene::runtime
