// Clips enhanced segment by segment, and how much of each is speech: what NRSER (arXiv 2309.01164) begins
// with.
#pragma once

#include "runtime/models/common/model_config.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class SpeechLevel {
 public:
  static constexpr int64_t kSegment = 2 * models::kSampleRate;

  // Of a configuration with one enhancer and one estimator of levels; `parts` outlive it.
  SpeechLevel(const models::ModelConfig& config, const Parts& parts);

  const Enhancer& enhancer() const { return enhancer_; }
  // Each segment alone, the last of a clip filled up with zeros, in memory of the caller's scope. Of a clip
  // alone, tap enhanced.pcm (N).
  Segments enhance(const Pass& pass, const Waveforms& clips) const;
  // level (clips, 1) in [0, 1]; `enhanced` of the same clips.
  void forward(const Pass& pass, const Waveforms& clips, const Segments& enhanced,
               const View<float, 2>& level) const {
    estimator_.forward(pass, clips, enhanced, level);
  }

 private:
  const Enhancer& enhancer_;
  const LevelEstimator& estimator_;
};

}  // namespace serene::runtime
