#include "runtime/src/fit.h"

#include <cmath>

namespace serene::runtime {

int64_t fit_samples(const weights::Fit& fit) {
  return fit.rule == weights::FitRule::none ? 0 : std::llround(fit.seconds * 16000.0);
}

int64_t fitted_size(int64_t samples, const weights::Fit& fit) {
  return fit.rule == weights::FitRule::none ? samples : fit_samples(fit);
}

std::vector<float> fit_clip(std::span<const float> clip, const weights::Fit& fit) {
  if (fit.rule == weights::FitRule::none) return {clip.begin(), clip.end()};
  std::vector<float> fitted(static_cast<size_t>(fit_samples(fit)), 0.0f);
  for (size_t i = 0; i < fitted.size(); ++i) {
    if (fit.rule == weights::FitRule::pad && i >= clip.size()) break;
    fitted[i] = clip[i % clip.size()];
  }
  return fitted;
}

}  // namespace serene::runtime
