#include "runtime/src/clip_score.h"

#include <limits>
#include <utility>

namespace serene::runtime {

ClipScore clip_score(const Model& model, ClipResult result) {
  ClipScore score;
  score.short_clip = result.short_clip;
  score.cut = result.cut;
  score.silent = result.silent;
  const auto take = [&](std::optional<size_t> output) {
    return output ? std::move(result.outputs[*output]) : std::vector<float>();
  };
  const std::vector<float> coefficient = take(model.output("coefficient"));
  score.coefficient = coefficient.empty() ? std::numeric_limits<float>::quiet_NaN() : coefficient.front();
  score.log_posterior = take(model.first_classes());
  score.embedding = take(model.output("embedding"));
  score.calibrated = model.output("calibrated") ? take(model.output("calibrated")) : score.embedding;
  return score;
}

std::vector<ClipScore> score_clips(Engine& engine, std::span<const std::span<const float>> clips) {
  std::vector<ClipScore> scores;
  for (ClipResult& result : engine.score(clips))
    scores.push_back(clip_score(engine.model(), std::move(result)));
  return scores;
}

}  // namespace serene::runtime
