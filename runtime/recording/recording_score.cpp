#include "runtime/recording/recording_score.h"

#include <algorithm>

#include "runtime/recording/sample_values.h"

namespace serene::runtime {

RecordingScore recording_score(std::span<const WindowScore> windows) {
  RecordingScore mean;
  if (windows.empty()) {
    mean.reason = Abstention::silence;
    return mean;
  }
  const WindowScore& first = windows[0];
  if (windows.size() == 1) return {Abstention::none, first.outputs, first.short_clip};
  // Weights of exactly 1 where all lengths are equal.
  const auto longest = static_cast<double>(std::ranges::max(windows, {}, &WindowScore::length).length);
  std::vector<double> weights;
  double sum_of_weights = 0;
  for (const WindowScore& window : windows) {
    weights.push_back(static_cast<double>(window.length) / longest);
    sum_of_weights += weights.back();
  }
  for (size_t output = 0; output < first.outputs.size(); ++output) {
    std::vector<double> sums(first.outputs[output].size());
    for (size_t i = 0; i < windows.size(); ++i) {
      const std::vector<float>& values = windows[i].outputs[output];
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += weights[i] * values[k];
    }
    std::vector<float>& means = mean.outputs.emplace_back();
    for (const double sum : sums) means.push_back(static_cast<float>(sum / sum_of_weights));
  }
  return mean;
}

bool is_finite(const WindowScore& window) {
  return std::ranges::none_of(
      window.outputs, [](const std::vector<float>& values) { return first_not_finite(values).has_value(); });
}

const char* to_text(Abstention reason) { return reason == Abstention::silence ? "silence" : ""; }

}  // namespace serene::runtime
