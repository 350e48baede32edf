// From a path to what the engine takes: 16 kHz, mono, float.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/audio/segment.h"

namespace serene::cli {

struct Recording {
  std::vector<float> samples;  // (N) 16 kHz mono, finite, never empty
  double seconds = 0;          // as decoded, at its own rate
  bool truncated = false;      // less is there than the container promises
  std::optional<double> declared_seconds;
  bool silence = false;
  bool clipping = false;
  double clipped_share = 0;  // in [0, 1]
};

// Mean over the channels. interleaved: (frames, channels); mono: (frames).
void mix_down(std::span<const float> interleaved, int channels, std::span<float> mono);

// Decodes, mixes down and resamples block by block: memory is that of the result and a block. A segment gives
// what a file with nothing but the segment would; one that ends up to kSegmentSlack beyond the recording ends
// with it, as lists have rounded numbers. Throws InputError; empty_audio where not one sample decodes,
// beyond_the_end for a segment.
inline constexpr double kSegmentSlack = 0.05;  // seconds
Recording load_recording(const std::string& path, const Segment& segment = {});

}  // namespace serene::cli
