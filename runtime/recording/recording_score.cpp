#include "runtime/recording/recording_score.h"

#include <algorithm>

namespace serene::runtime {

RecordingScore recording_score(std::span<const WindowScore> windows) {
  RecordingScore mean;
  if (windows.empty()) {
    mean.reason = Abstention::silence;
    return mean;
  }
  const WindowScore& first = windows[0];
  if (windows.size() == 1) return {Abstention::none, first.posterior, first.coefficient, first.short_clip};
  // Weights of exactly 1 where all lengths are equal.
  const auto longest = static_cast<double>(std::ranges::max(windows, {}, &WindowScore::length).length);
  std::vector<double> posterior(first.posterior.size());
  double coefficient = 0, weights = 0;
  for (const WindowScore& window : windows) {
    const double weight = static_cast<double>(window.length) / longest;
    for (size_t k = 0; k < posterior.size(); ++k) posterior[k] += weight * window.posterior[k];
    coefficient += weight * window.coefficient;
    weights += weight;
  }
  for (const double sum : posterior) mean.posterior.push_back(static_cast<float>(sum / weights));
  mean.coefficient = static_cast<float>(coefficient / weights);
  return mean;
}

const char* to_text(Abstention reason) { return reason == Abstention::silence ? "silence" : ""; }

}  // namespace serene::runtime
