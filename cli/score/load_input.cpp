#include "cli/score/load_input.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/base/input_error.h"
#include "cli/score/level.h"

namespace serene::cli {
namespace {

// A minute of a recording that is scored in windows is held at a time.
constexpr size_t kPieceSamples = size_t{60} * SERENE_SAMPLE_RATE;

// Throws InputError where the sound ends too soon, or goes on.
Sound strictly(Sound sound) {
  if (sound.rest) {
    sound.rest = [rest = std::move(sound.rest)] { return strictly(rest()); };
  } else if (sound.recordings.front().truncated) {
    throw InputError(Stage::decode, "truncated", "the file ends before the length its header declares");
  } else if (sound.recordings.front().trailing_data) {
    throw InputError(Stage::decode, "trailing_data", "sound follows on the length its header declares");
  }
  return sound;
}

}  // namespace

Sound load_input(const Input& input, const ScoreOptions& options, size_t window) {
  // What is scored as one is needed as one.
  const size_t most = window == 0 ? SIZE_MAX : std::max(kPieceSamples, window);
  const auto open = [&] {
    return load_sound(input.path, input.segment, input.channels.value_or(Channels{}), most);
  };
  Sound sound = open();
  if (options.level) {
    const std::vector<float> gains = gains_to(*options.level, sound);
    if (sound.rest) sound = open();  // the rest was read
    for (size_t i = 0; i < gains.size(); ++i) sound.recordings[i].gain = gains[i];
  }
  return options.strict ? strictly(std::move(sound)) : sound;
}

}  // namespace serene::cli
