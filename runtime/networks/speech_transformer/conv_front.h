// The convolutions over the waveform that begin wav2vec 2.0, HuBERT and WavLM.
#pragma once

#include <optional>
#include <vector>

#include "runtime/networks/common/network.h"
#include "runtime/networks/speech_transformer/config.h"

namespace serene::runtime {

class ConvFront {
 public:
  ConvFront(const networks::SpeechTransformerConfig& config, const WeightReader& weights);

  // Frames of so many samples, 0 of too few.
  int64_t frames(int64_t samples) const;
  // Fewest samples that there is a frame of.
  int64_t minimum_samples() const;
  // C
  int64_t width() const { return layers_.back().weight.n(); }

  // clips' samples to features (R, C), R the rows of `frames`.
  void forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
               const View<float, 2>& features) const;

 private:
  struct Layer {
    PackedMatrix weight;
    int64_t taps, stride;
    std::optional<Vector> bias;
    std::optional<Vector> norm_weight, norm_bias;
  };
  void layer(const Pass& pass, const Layer& layer, const View<const float, 2>& x, const Ragged& x_clips,
             const Ragged& y_clips, const View<float, 2>& y) const;

  std::vector<Layer> layers_;
  bool layer_norm_;  // of the channels, not a group norm over time
  bool normalize_;
};

}  // namespace serene::runtime
