// Values for tests and benches that any will do for.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace serene::test {

// Normally distributed values, the same for a seed on every machine (no std::normal_distribution: its
// sequence is the library's own choice).
inline std::vector<float> random_values(int64_t count, uint32_t seed, float scale = 1.0f) {
  std::mt19937 generator(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += generator() / 4294967296.0;
    v = static_cast<float>(sum) * scale;
  }
  return values;
}

}  // namespace serene::test
