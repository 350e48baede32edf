#include "runtime/recording/windows.h"

#include <serene/serene.h>

#include <algorithm>
#include <cmath>

namespace serene::runtime {

WindowLengths window_lengths(double window_seconds, double hop_seconds, size_t model_window) {
  const auto samples = [](double seconds) {
    return static_cast<size_t>(std::llround(seconds * SERENE_SAMPLE_RATE));
  };
  WindowLengths lengths;
  lengths.window = window_seconds != 0 ? samples(window_seconds) : model_window;
  lengths.hop = hop_seconds != 0 ? samples(hop_seconds) : lengths.window;
  return lengths;
}

std::optional<Window> WindowPlan::next(size_t samples, bool ended) {
  if (complete_) return std::nullopt;
  if (window_ != 0 && start_ + window_ < samples) {
    const Window window{start_, window_};
    start_ += hop_;
    return window;
  }
  if (!ended) return std::nullopt;
  complete_ = true;
  if (window_ == 0 || samples <= window_) return Window{0, samples};
  return Window{samples - window_, window_};
}

size_t WindowPlan::needed_from(size_t samples) const {
  if (window_ == 0 || samples <= window_) return 0;
  return std::min(start_, samples - window_);
}

}  // namespace serene::runtime
