#include "runtime/recording/waveform_flags.h"

#include <algorithm>
#include <cmath>

namespace serene::runtime {
namespace {

constexpr float kSilencePeak = 1.0f / 16384;
constexpr double kClippingShare = 1e-4;

}  // namespace

void WaveformFlags::add(std::span<const float> interleaved) {
  int channel = 0;
  for (const float value : interleaved) {
    const float level = std::abs(value);
    peak_ = std::max(peak_, level);
    int64_t& run = run_[channel];
    run = level >= full_scale_ ? run + 1 : 0;
    if (run == 2) clipped_ += 2;
    if (run > 2) ++clipped_;
    if (++channel == channels_) channel = 0;
  }
  samples_ += static_cast<int64_t>(interleaved.size());
}

bool WaveformFlags::silence() const { return peak_ <= kSilencePeak; }

double WaveformFlags::clipped_share() const {
  return samples_ == 0 ? 0 : static_cast<double>(clipped_) / static_cast<double>(samples_);
}

bool WaveformFlags::clipping() const { return clipped_share() > kClippingShare; }

}  // namespace serene::runtime
