// From a recording at any rate and of any length to the scores of its windows and its own.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "runtime/recording/recording_score.h"
#include "runtime/recording/windows.h"
#include "runtime/src/engine.h"

namespace serene::runtime {

struct Recording {
  std::span<const float> interleaved;  // (frames, channels)
  int channels = 1;
  int rate = 16000;      // Hz
  float full_scale = 0;  // as in WaveformFlags
};

struct RecordingRule {
  std::optional<int> channel;  // counted from 0; without it the mean of all
  WindowLengths windows;
  std::optional<double>
      level;         // that the sound is brought to, in dB of full scale (RMS); without it as it is
  size_t batch = 8;  // windows that are scored in one call
  LabelRule labels;
};

struct ScoredRecording {
  std::vector<Window> windows;  // in samples at 16 kHz
  std::vector<WindowScore> scores;
  RecordingScore score;
  double seconds = 0;  // at the recording's own rate
  bool silent = false, quiet = false, clipping = false;
  double clipped_share = 0, silent_share = 0;
};

// Scores clips of the model's rate, any number of them; the outputs are output_values().
using ScoreClips = std::function<std::vector<ClipResult>(std::span<const std::span<const float>>)>;

// Besides the recording it holds the windows of a batch. With a level it goes through the recording twice.
// Throws Error(audio) where there are no samples, one is not finite or too large, or the model gives no
// finite score; Error(unsupported) where the build has no resampler for the rate; and what `score_clips`
// throws.
ScoredRecording score_recording(const Recording& recording, const RecordingRule& rule,
                                const ScoreClips& score_clips);

}  // namespace serene::runtime
