// From a path to what the engine takes: 16 kHz, mono, float.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/audio/channels.h"
#include "cli/audio/segment.h"
#include "cli/base/input_error.h"

namespace serene::cli {

struct Recording {
  std::optional<int> channel;  // of the file; without it the mean of all
  std::vector<float> samples;  // (N) 16 kHz mono, finite, never empty
  double seconds = 0;          // as decoded, at its own rate
  bool truncated = false;      // less is there than the container promises
  bool trailing_data = false;  // sound follows on what the container promises, and is not read
  std::optional<double> declared_seconds;
  bool silence = false;
  bool clipping = false;
  double clipped_share = 0;  // in [0, 1]
  float gain = 1;            // what its samples are to be multiplied by before they are scored
};

// What one file holds: a recording, or one for each channel in their order.
using Recordings = std::vector<Recording>;

// Decodes once, mixes down or takes apart, and resamples block by block. A channel gives what a file with
// that channel alone would, a segment what a file with nothing but the segment would; one that ends up to
// kSegmentSlack beyond the recording ends with it, as lists have rounded numbers.
inline constexpr double kSegmentSlack = 0.05;  // seconds
class RecordingReader {
 public:
  // Throws InputError, as read() does; no_such_channel.
  RecordingReader(const std::string& path, const Segment& segment, const Channels& channels);
  ~RecordingReader();
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  // The next samples of each recording, `most` or a block more, the same however they are cut. Where these
  // are the last, which may be none, everything else that is known of them, too. Throws InputError;
  // empty_audio where not one sample decodes, beyond_the_end for a segment.
  Recordings read(size_t most);
  // Nothing is left to read.
  bool done() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Recordings, or the beginning of long ones.
struct Sound {
  Recordings recordings;                  // with all that is known of them where nothing follows
  std::function<Sound()> rest = nullptr;  // reads on, from any thread; null where nothing follows
};

// Pieces of `most` samples: memory is that of one piece and a block. Throws as RecordingReader.
Sound load_sound(const std::string& path, const Segment& segment, const Channels& channels, size_t most);
// What `load` gives, or why it gives nothing: InputError, or too little memory.
using SoundOrError = std::variant<Sound, InputError>;
SoundOrError sound_or_error(const std::function<Sound()>& load);
// In one piece.
Recordings load_recordings(const std::string& path, const Segment& segment, const Channels& channels);
// The mean of all channels.
Recording load_recording(const std::string& path, const Segment& segment = {});

}  // namespace serene::cli
