// The sound of an input as the options want it: its channels, its level, whole or by pieces.
#pragma once

#include <cstddef>

#include "cli/audio/recording.h"
#include "cli/inputs/inputs.h"
#include "cli/score/score_options.h"

namespace serene::cli {

// Recordings that are scored in windows of `window` samples come a piece at a time, all others (0) whole.
// Throws InputError.
Sound load_input(const Input& input, const ScoreOptions& options, size_t window);

}  // namespace serene::cli
