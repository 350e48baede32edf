// What the rows of a run depend on besides its inputs: `--resume` goes on with rows of the same conditions
// alone.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/score/score_options.h"
#include "cli/score/scorer.h"

namespace serene::cli {

// JSON, each under the name by which a user changes it; `description` is the model's. The device is left out:
// a run may be finished on another.
std::string conditions(const ScoreOptions& options, const ScoringRule& rule,
                       const nlohmann::json& description);

}  // namespace serene::cli
