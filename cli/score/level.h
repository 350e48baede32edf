// Recordings brought to one level before they are scored: a model trained at one hears another one in them.
#pragma once

#include <vector>

#include "cli/audio/recording.h"

namespace serene::cli {

// For each recording of `sound`, the factor that brings its frames with sound
// (runtime/recording/sound_windows.h) to `level`, in dB of full scale (RMS); 1 where it has none. Reads the
// rest of the sound. Throws as it does.
std::vector<float> gains_to(double level, const Sound& sound);

}  // namespace serene::cli
