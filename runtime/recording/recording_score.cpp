#include "runtime/recording/recording_score.h"

#include <algorithm>

#include "runtime/recording/sample_values.h"

namespace serene::runtime {
namespace {

using Outputs = std::vector<std::vector<float>>;
using Windows = std::vector<const WindowScore*>;

// Compared as rows show them: what is written 0.7 is no less than 0.7.
bool reaches(float value, double least) { return value >= static_cast<float>(least); }

bool has_speech(const Outputs& outputs, const LabelRule& rule) {
  return !rule.speech || reaches(outputs[*rule.speech].front(), rule.speech_threshold);
}

bool is_confident(const Outputs& outputs, const LabelRule& rule) {
  return !rule.classes || reaches(std::ranges::max(outputs[*rule.classes]), rule.min_confidence);
}

// Of one window or more.
Outputs mean_of(const Windows& windows) {
  const Outputs& first = windows.front()->outputs;
  if (windows.size() == 1) return first;
  // Weights of exactly 1 where all lengths are equal.
  size_t longest = 0;
  for (const WindowScore* window : windows) longest = std::max(longest, window->length);
  std::vector<double> weights;
  double sum_of_weights = 0;
  for (const WindowScore* window : windows) {
    weights.push_back(static_cast<double>(window->length) / static_cast<double>(longest));
    sum_of_weights += weights.back();
  }
  Outputs mean;
  for (size_t output = 0; output < first.size(); ++output) {
    std::vector<double> sums(first[output].size());
    for (size_t i = 0; i < windows.size(); ++i) {
      const std::vector<float>& values = windows[i]->outputs[output];
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += weights[i] * values[k];
    }
    std::vector<float>& means = mean.emplace_back();
    for (const double sum : sums) means.push_back(static_cast<float>(sum / sum_of_weights));
  }
  return mean;
}

}  // namespace

RecordingScore recording_score(std::span<const WindowScore> windows, const LabelRule& rule) {
  if (windows.empty()) return {Abstention::silence, {}, false};
  Windows all, with_speech;
  for (const WindowScore& window : windows) {
    all.push_back(&window);
    if (has_speech(window.outputs, rule)) with_speech.push_back(&window);
  }
  const bool short_clip = windows.size() == 1 && windows[0].short_clip;
  if (with_speech.empty()) return {Abstention::no_speech, mean_of(all), short_clip};
  RecordingScore score{Abstention::none, mean_of(with_speech), short_clip};
  if (!is_confident(score.outputs, rule)) score.reason = Abstention::confidence;
  return score;
}

Abstention window_abstention(const WindowScore& window, const LabelRule& rule) {
  if (!has_speech(window.outputs, rule)) return Abstention::no_speech;
  return is_confident(window.outputs, rule) ? Abstention::none : Abstention::confidence;
}

bool is_finite(const WindowScore& window) {
  return std::ranges::none_of(
      window.outputs, [](const std::vector<float>& values) { return first_not_finite(values).has_value(); });
}

const char* to_text(Abstention reason) {
  switch (reason) {
    case Abstention::none:
      return "";
    case Abstention::silence:
      return "silence";
    case Abstention::no_speech:
      return "no_speech";
    case Abstention::confidence:
      return "confidence";
  }
  return "";
}

}  // namespace serene::runtime
