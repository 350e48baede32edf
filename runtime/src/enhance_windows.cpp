#include "runtime/src/enhance_windows.h"

#include <algorithm>

#include "runtime/src/engine.h"

namespace serene::runtime {

void add_enhance_windows(size_t clip, int64_t n, std::vector<EnhanceWindow>& windows) {
  constexpr auto kWhole = static_cast<int64_t>(Engine::kWholeSeconds * models::kSampleRate);
  constexpr auto kOverlap = static_cast<int64_t>(Engine::kOverlapSeconds * models::kSampleRate);
  if (n <= kWhole) return windows.push_back({clip, 0, n, 0, 0});
  const int64_t count = (n - kOverlap + kWhole - kOverlap - 1) / (kWhole - kOverlap);
  const int64_t hop = (n - kOverlap + count - 1) / count;
  for (int64_t w = 0; w < count; ++w) {
    const int64_t start = w * hop, length = std::min(hop + kOverlap, n - start);
    windows.push_back({clip, start, length, w > 0 ? kOverlap : 0, w + 1 < count ? kOverlap : 0});
  }
}

void add_faded(const EnhanceWindow& window, std::span<const float> samples, std::span<float> enhanced) {
  const auto rising = [](int64_t i, int64_t fade) {
    return (static_cast<float>(i) + 0.5f) / static_cast<float>(fade);
  };
  for (int64_t i = 0; i < window.length; ++i) {
    float& y = enhanced[window.start + i];
    const int64_t to_end = window.length - window.fade_out;
    if (i < window.fade_in) {
      y += rising(i, window.fade_in) * samples[i];
    } else if (i >= to_end) {
      y += (1.0f - rising(i - to_end, window.fade_out)) * samples[i];
    } else {
      y = samples[i];
    }
  }
}

}  // namespace serene::runtime
