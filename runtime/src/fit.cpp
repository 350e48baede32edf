#include "runtime/src/fit.h"

#include <algorithm>
#include <cmath>

namespace serene::runtime {

int64_t fit_samples(const weights::Fit& fit) {
  return fit.rule == weights::FitRule::none ? 0 : std::llround(fit.seconds * 16000.0);
}

int64_t fitted_size(int64_t samples, const weights::Fit& fit) {
  return fit.rule == weights::FitRule::none ? samples : fit_samples(fit);
}

void fit_clip(std::span<const float> clip, const weights::Fit& fit, std::span<float> fitted) {
  size_t done = std::min(clip.size(), fitted.size());
  std::copy_n(clip.begin(), done, fitted.begin());
  if (fit.rule == weights::FitRule::pad) std::fill(fitted.begin() + done, fitted.end(), 0.0f);
  while (done < fitted.size() && fit.rule == weights::FitRule::tile) {
    const size_t part = std::min(clip.size(), fitted.size() - done);
    std::copy_n(clip.begin(), part, fitted.begin() + done);
    done += part;
  }
}

}  // namespace serene::runtime
