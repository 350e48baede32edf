// What an engine says of clips, as Scorer takes it.
#pragma once

#include <serene/serene.hpp>
#include <span>
#include <vector>

#include "cli/rows/row_outputs.h"
#include "cli/score/scorer.h"

namespace serene::cli {

// What rows need, and no more. Throws Failure.
inline std::vector<ClipOutputs> run_clips(Engine& engine, const RowOutputs& rows,
                                          std::span<const serene_clip> clips) {
  const size_t level = rows.level().value_or(0);
  const Results results = rows.is_level_alone() ? engine.run(clips, {&level, 1}) : engine.run(clips);
  std::vector<ClipOutputs> outputs(clips.size());
  for (size_t i = 0; i < clips.size(); ++i) {
    for (const OutputSpec& spec : rows.specs()) {
      const std::span<const float> values = results.values(i, spec.name);
      outputs[i].values.emplace_back(values.begin(), values.end());
    }
    outputs[i].flags = results.flags(i);
  }
  return outputs;
}

}  // namespace serene::cli
