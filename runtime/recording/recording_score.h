// From the scores of a recording's windows to the recording's.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace serene::runtime {

// What the model says of a window.
struct WindowScore {
  std::vector<float> posterior;  // (K), sums to 1
  float coefficient = 0;         // in [0, 1], NaN where the model has no blend
  bool short_clip = false;       // shorter than the model's clip: tiled or padded
  size_t length = 0;             // samples
};

// Why a recording has no score.
enum class Abstention { none, silence };

struct RecordingScore {
  Abstention reason = Abstention::none;
  std::vector<float> posterior;                                 // (K), empty without a score
  float coefficient = std::numeric_limits<float>::quiet_NaN();  // NaN without a score, or without a blend
  bool short_clip = false;                                      // the only window is
};

// The mean of the windows that SoundWindows gives, in their order, each weighing as its length; of windows of
// one length each weighs the same, and a single one is taken as it is. No window is a recording of silence.
RecordingScore recording_score(std::span<const WindowScore> windows);

// "silence", the same word in rows and in every interface; "" for none.
const char* to_text(Abstention reason);

}  // namespace serene::runtime
