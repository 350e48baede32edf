#include "runtime/recording/recording_score.h"

#include <algorithm>

#include "runtime/recording/sample_values.h"

namespace serene::runtime {

namespace {

using Windows = std::vector<const WindowScore*>;

// Of two windows or more.
std::vector<std::vector<float>> mean_of(const Windows& windows) {
  // Weights of exactly 1 where all lengths are equal.
  const auto longest =
      static_cast<double>((*std::ranges::max_element(windows, {}, &WindowScore::length))->length);
  std::vector<double> weights;
  double sum_of_weights = 0;
  for (const WindowScore* window : windows) {
    weights.push_back(static_cast<double>(window->length) / longest);
    sum_of_weights += weights.back();
  }
  std::vector<std::vector<float>> outputs;
  for (size_t output = 0; output < windows[0]->outputs.size(); ++output) {
    std::vector<double> sums(windows[0]->outputs[output].size());
    for (size_t i = 0; i < windows.size(); ++i) {
      const std::vector<float>& values = windows[i]->outputs[output];
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += weights[i] * values[k];
    }
    std::vector<float>& means = outputs.emplace_back();
    for (const double sum : sums) means.push_back(static_cast<float>(sum / sum_of_weights));
  }
  return outputs;
}

RecordingScore score_of(const Windows& windows) {
  if (windows.size() == 1) return {Abstention::none, windows[0]->outputs, windows[0]->short_clip};
  return {Abstention::none, mean_of(windows), false};
}

}  // namespace

RecordingScore recording_score(std::span<const WindowScore> windows, const std::optional<SpeechRule>& rule) {
  if (windows.empty()) return {Abstention::silence, {}, false};
  Windows all, speech;
  for (const WindowScore& window : windows) {
    all.push_back(&window);
    if (!rule || rule->is_speech(window)) speech.push_back(&window);
  }
  RecordingScore score = score_of(speech.empty() ? all : speech);
  if (speech.empty()) score.reason = Abstention::no_speech;
  if (!speech.empty() && speech.size() < all.size()) {
    score.outputs[rule->output] = score_of(all).outputs[rule->output];
    score.short_clip = false;
  }
  return score;
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
  }
  return "";
}

}  // namespace serene::runtime
