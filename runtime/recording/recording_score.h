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

// What a label takes.
struct LabelRule {
  // The output that tells of speech, a probability or a level, and the least that it must be; nothing where
  // none is held to anything.
  std::optional<size_t> speech = {};
  double speech_threshold = 0;
  // The output that the label is of, and the least that the highest posterior must be; nothing where the
  // model has none.
  std::optional<size_t> classes = {};
  double min_confidence = 0;
};

// Why there is no label.
enum class Abstention { none, silence, no_speech, confidence };

struct RecordingScore {
  Abstention reason = Abstention::none;
  std::vector<std::vector<float>> outputs;  // as a window's; empty where nothing was scored
  bool short_clip = false;                  // the only window is
};

// The mean of the windows that SoundWindows gives, output by output, in their order, each weighing as its
// length; of windows of one length each weighs the same, and a single one is taken as it is. Windows without
// speech are left out of all but the output that tells of speech, unless all are without: then the mean of
// all says why there is no label. No window is a recording of silence.
RecordingScore recording_score(std::span<const WindowScore> windows, const LabelRule& rule = {});

// The same of a window for itself.
Abstention window_abstention(const WindowScore& window, const LabelRule& rule);

// Neither NaN nor infinite, every number of every output: others must never reach a row.
bool is_finite(const WindowScore& window);

// "silence", "no_speech", "confidence": the same word in rows and in every interface; "" for none.
const char* to_text(Abstention reason);

}  // namespace serene::runtime
