// From interleaved channels at any rate to the one that a recording has, at 16 kHz.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/recording/resample.h"
#include "runtime/recording/waveform_flags.h"

namespace serene::runtime {

class Track {
 public:
  // `rate` in Hz; `channel` counted from 0, without it the mean of all; `full_scale` as in WaveformFlags.
  // Throws ResampleError.
  Track(int rate, int channels, std::optional<int> channel, float full_scale);

  // interleaved: (frames, channels), finite, in order. Appends to `samples` what can be computed so far.
  // Throws ResampleError, also where samples are too large for the filter.
  void add(std::span<const float> interleaved, std::vector<float>& samples);
  // Appends the rest. Throws as add().
  void finish(std::vector<float>& samples);

  // Of what was added so far: of all channels where they are mixed, or of the one.
  const WaveformFlags& flags() const { return flags_; }

 private:
  int channels_;
  std::optional<int> channel_;
  WaveformFlags flags_;
  Resampler resampler_;
  std::vector<float> mono_;  // (frames) of a block
};

}  // namespace serene::runtime
