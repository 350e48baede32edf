#include "runtime/src/fit.h"

#include <algorithm>
#include <cmath>

namespace serene::runtime {

int64_t fit_samples(const models::Fit& fit) {
  return fit.rule == models::FitRule::none ? 0 : std::llround(fit.seconds * 16000.0);
}

int64_t fitted_size(int64_t samples, const models::Fit& fit) {
  return fit.rule == models::FitRule::none ? samples : fit_samples(fit);
}

void fit_clip(std::span<const float> clip, const models::Fit& fit, std::span<float> fitted) {
  size_t done = std::min(clip.size(), fitted.size());
  std::copy_n(clip.begin(), done, fitted.begin());
  if (fit.rule == models::FitRule::pad) std::fill(fitted.begin() + done, fitted.end(), 0.0f);
  while (done < fitted.size() && fit.rule == models::FitRule::tile) {
    const size_t part = std::min(clip.size(), fitted.size() - done);
    std::copy_n(clip.begin(), part, fitted.begin() + done);
    done += part;
  }
}

}  // namespace serene::runtime
