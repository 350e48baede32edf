#include "runtime/recording/sample_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace serene::runtime {

std::optional<size_t> first_not_finite(std::span<const float> samples) {
  const auto found = std::find_if(samples.begin(), samples.end(), [](float v) { return !std::isfinite(v); });
  if (found == samples.end()) return std::nullopt;
  return static_cast<size_t>(found - samples.begin());
}

void flush_subnormals(std::span<float> samples) {
  for (float& value : samples) {
    if (std::abs(value) < std::numeric_limits<float>::min()) value = 0;
  }
}

}  // namespace serene::runtime
