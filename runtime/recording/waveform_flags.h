// What can be told of a recording before any model: silence and clipping.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/recording/limits.h"

namespace serene::runtime {

// Where the top of floats is that say nothing of their coding.
inline constexpr float kFloatFullScale = 0.9999f;

class WaveformFlags {
 public:
  // A sample at or beyond `full_scale` sits at the top of its coding's range.
  WaveformFlags(int channels, float full_scale) : channels_(channels), full_scale_(full_scale) {}

  // Interleaved frames, in order.
  void add(std::span<const float> interleaved);

  // No sample beyond a 16-bit recording's dither, -84 dB of full scale.
  bool silence() const;
  // Share of samples that are at full scale with a neighbour of their channel there too: a lone peak of a
  // normalised recording is not clipping.
  double clipped_share() const;
  // The share is above one in ten thousand.
  bool clipping() const;

 private:
  int channels_;
  float full_scale_;
  float peak_ = 0;
  int64_t samples_ = 0;
  int64_t clipped_ = 0;
  int64_t run_[kMaxChannels] = {};  // samples at full scale in a row, by channel
};

}  // namespace serene::runtime
