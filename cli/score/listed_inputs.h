// The inputs of a run, as the options complete them.
#pragma once

#include <functional>
#include <string>

#include "cli/inputs/input_list.h"
#include "cli/score/score_options.h"
#include "cli/score/score_output.h"

namespace serene::cli {

// Gives the input what the options say of every input.
void complete_input(Input& input, const ScoreOptions& options);

// Throws Stop before anything is changed where the list lacks inputs of which an earlier run has good rows.
// Of names on standard input, which come once, that is known at the end alone. Calls `go_on` for every input,
// which throws where the run is to end.
void check_earlier_inputs(const ScoreOptions& options, ScoreOutput& output,
                          const std::function<void()>& go_on);

// What follows "no recordings found": what the user may have meant, or "".
std::string hint_for_none(const ListOptions& list);

}  // namespace serene::cli
