// wav2vec 2.0 (arXiv 2006.11477), HuBERT (2106.07447) and WavLM (2110.13900): a waveform to hidden states.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/networks/common/network.h"
#include "runtime/networks/speech_transformer/config.h"
#include "runtime/networks/speech_transformer/conv_front.h"
#include "runtime/networks/speech_transformer/layer.h"

namespace serene::runtime {

class SpeechTransformer : public Encoder {
 public:
  SpeechTransformer(const networks::SpeechTransformerConfig& config, const WeightReader& weights);

  int64_t width() const override { return config_.hidden; }
  int64_t last_state() const override { return config_.kept_layers; }
  int64_t minimum_samples() const override { return front_.minimum_samples(); }
  int64_t frames(int64_t samples) const override { return front_.frames(samples); }
  void forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
               const TakeState& take) const override;

  // Alone: `pcm` (B, N) gives `last` (B T, H), the last state that there are weights for. Of a file with
  // 0.in.pcm.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  // Clips to what enters the layers, before the norm of a post-norm network: x (R, H).
  void embed(const Pass& pass, const Waveforms& clips, const Ragged& frames, const View<float, 2>& x) const;
  // WavLM's, or null data.
  View<const float, 2> position_bias(const Pass& pass, const Ragged& frames) const;

  networks::SpeechTransformerConfig config_;
  ConvFront front_;
  std::optional<Norm> projection_norm_;
  Dense projection_;
  PackedMatrix position_weight_;
  Vector position_conv_bias_;
  std::optional<Norm> norm_;
  Vector distance_table_;
  std::vector<TransformerLayer> layers_;
};

std::unique_ptr<Network> make_speech_transformer(const networks::NetworkConfig& config,
                                                 const WeightReader& weights);

}  // namespace serene::runtime
