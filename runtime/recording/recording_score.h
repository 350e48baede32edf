// From the scores of a recording's windows to the recording's.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace serene::runtime {

// What the model says of a window.
struct WindowScore {
  std::vector<std::vector<float>> outputs;  // in the model's order; of classes, probabilities
  bool short_clip = false;                  // shorter than the model's clip: tiled or padded
  size_t length = 0;                        // samples
};

// Why there is no label.
enum class Abstention { none, silence, no_speech };

// From which level on a window is taken for speech.
struct SpeechRule {
  size_t output = 0;  // the model's output that is the level of a window
  float least = 0;    // in [0, 1]

  bool is_speech(const WindowScore& window) const { return window.outputs[output].front() >= least; }
};

struct RecordingScore {
  Abstention reason = Abstention::none;
  std::vector<std::vector<float>> outputs;  // as a window's; empty where nothing was scored
  bool short_clip = false;                  // the only window is
};

// The mean of the windows that SoundWindows gives, output by output, in their order, each weighing as its
// length; of windows of one length each weighs the same, and a single one is taken as it is. No window is a
// recording of silence. With a rule, the mean of the windows that are speech, but for the level, which is
// that of all; where none is speech, the mean of all with the reason no_speech.
RecordingScore recording_score(std::span<const WindowScore> windows,
                               const std::optional<SpeechRule>& rule = std::nullopt);

// Neither NaN nor infinite, every number of every output: others must never reach a row.
bool is_finite(const WindowScore& window);

// "silence" or "no_speech", the same words in rows and in every interface; "" for none.
const char* to_text(Abstention reason);

}  // namespace serene::runtime
