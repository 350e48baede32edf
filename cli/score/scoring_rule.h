// What the options and the model together say of how recordings are cut, batched and written.
#pragma once

#include <serene/serene.hpp>

#include "cli/rows/row_outputs.h"
#include "cli/score/score_options.h"
#include "cli/score/scorer.h"

namespace serene::cli {

// Throws Stop(kExitUsage) for what can be said before any file is opened.
void check_options(const ScoreOptions& options);

// Throws Stop(kExitUsage) where the model cannot do what the options ask for. `outputs` are the model's.
ScoringRule scoring_rule(const ScoreOptions& options, const Model& model, const RowOutputs& outputs);

// How many clips suit the engine's device.
size_t batch_for(const Engine& engine);

}  // namespace serene::cli
