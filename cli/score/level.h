// What brings a file's recordings to one level (runtime/recording/level.h).
#pragma once

#include <vector>

#include "cli/audio/recording.h"

namespace serene::cli {

// For each recording of `sound`, the factor that brings it to `level`. Reads the rest of the sound. Throws as
// it does.
std::vector<float> gains_to(double level, const Sound& sound);

}  // namespace serene::cli
