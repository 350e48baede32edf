// Values of samples that a recording must not have.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace serene::runtime {

// The index of the first that is not finite, nothing where all are.
std::optional<size_t> first_not_finite(std::span<const float> samples);
// Sets subnormal values to zero: they are far below any converter's noise, and slow to compute with.
void flush_subnormals(std::span<float> samples);

}  // namespace serene::runtime
