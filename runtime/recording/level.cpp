#include "runtime/recording/level.h"

#include <cmath>

namespace serene::runtime {

float gain_to(double level, double own) {
  return std::isfinite(own) ? static_cast<float>(std::pow(10, (level - own) / 20)) : 1.0f;
}

bool is_quiet(double own, float gain) {
  constexpr double kLowest = -35;
  const double level = own + 20 * std::log10(gain);
  return std::isfinite(level) && level < kLowest;
}

}  // namespace serene::runtime
