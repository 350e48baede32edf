// The results of a clip under the names that serene_score_outputs has.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "runtime/src/engine.h"

namespace serene::runtime {

struct ClipScore {
  std::vector<float> log_posterior;  // (K), the first output that is classes
  float posterior(size_t label) const { return std::exp(log_posterior[label]); }
  std::vector<float> embedding;   // (E)
  std::vector<float> calibrated;  // (E), the embedding where the model has no other
  float coefficient = 0;          // NaN where the model has none
  bool short_clip = false;        // tiled or padded
  bool cut = false;               // longer than the model's clip: the rest was not looked at
  bool silent = false;            // every sample is zero
};

ClipScore clip_score(const Model& model, ClipResult result);
// Throws as Engine::score.
std::vector<ClipScore> score_clips(Engine& engine, std::span<const std::span<const float>> clips);

}  // namespace serene::runtime
