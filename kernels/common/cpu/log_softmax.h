// Logits to log posteriors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace serene::cpu {

// y (n) = log_softmax(x), in double; y may be x.
inline void log_softmax(const float* x, int64_t n, float* y) {
  double largest = x[0], sum = 0;
  for (int64_t i = 1; i < n; ++i) largest = std::max(largest, static_cast<double>(x[i]));
  for (int64_t i = 0; i < n; ++i) sum += std::exp(x[i] - largest);
  const double log_sum = std::log(sum);
  // The subtractions in this order: the largest may be so large that log_sum added to it would be lost.
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<float>((x[i] - largest) - log_sum);
}

}  // namespace serene::cpu
