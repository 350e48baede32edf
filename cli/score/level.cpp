#include "cli/score/level.h"

#include "runtime/recording/level.h"
#include "runtime/recording/sound_windows.h"

namespace serene::cli {
namespace {

void add(const Recordings& recordings, std::vector<runtime::SoundWindows>& sounds) {
  for (size_t i = 0; i < sounds.size(); ++i) sounds[i].add(recordings[i].samples);
}

}  // namespace

std::vector<float> gains_to(double level, const Sound& sound) {
  std::vector<runtime::SoundWindows> sounds(sound.recordings.size(), runtime::SoundWindows(0, 0));
  add(sound.recordings, sounds);
  for (auto rest = sound.rest; rest;) {
    const Sound next = rest();
    add(next.recordings, sounds);
    rest = next.rest;
  }
  std::vector<float> gains;
  for (runtime::SoundWindows& heard : sounds) {
    heard.end();
    gains.push_back(runtime::gain_to(level, heard.sound_level()));
  }
  return gains;
}

}  // namespace serene::cli
