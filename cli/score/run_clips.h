// What an engine says of clips, as Scorer takes it.
#pragma once

#include <serene/serene.hpp>
#include <span>
#include <vector>

#include "cli/score/scorer.h"

namespace serene::cli {

// `specs` are the model's outputs. Throws Failure.
inline std::vector<ClipOutputs> run_clips(Engine& engine, const std::vector<OutputSpec>& specs,
                                          std::span<const serene_clip> clips) {
  const Results results = engine.run(clips);
  std::vector<ClipOutputs> outputs(clips.size());
  for (size_t i = 0; i < clips.size(); ++i) {
    for (const OutputSpec& spec : specs) {
      const std::span<const float> values = results.values(i, spec.name);
      outputs[i].values.emplace_back(values.begin(), values.end());
    }
    outputs[i].flags = results.flags(i);
  }
  return outputs;
}

}  // namespace serene::cli
