// TRNet's recogniser (arXiv 2404.12979): coefficient and blend, encoder, bridge, classifier, and the variants
// without bridge or without enhancement.
#pragma once

#include <memory>
#include <optional>

#include "kernels/common/packed_matrix.h"
#include "kernels/fbank/fbank.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/trnet/config.h"
#include "runtime/networks/trnet/ser_encoder.h"

namespace serene::runtime {

class Trnet : public Network {
 public:
  Trnet(const networks::TrnetConfig& config, const WeightReader& ser);

  struct Outputs {
    View<float, 1> coefficient;    // (B), left as it is where the model has no blend
    View<float, 2> embedding;      // (B, E) h
    View<float, 2> calibrated;     // (B, E) h after the bridge
    View<float, 2> log_posterior;  // (B, K)
  };

  bool needs_enhanced() const { return blend_.has_value(); }
  int64_t embedding_size() const { return embedding_; }
  int64_t classes() const { return second_.n(); }
  // Fewest samples there is an answer for.
  int64_t minimum_samples() const;

  // pcm (B, N) -> (B, MelBank::frames(N), 80)
  void features(const Pass& pass, const View<const float, 2>& pcm, const View<float, 3>& fbank) const;
  // fbanks (B, T, 80); `enhanced` is not looked at where needs_enhanced() is false.
  void recognise(const Pass& pass, const View<const float, 3>& noisy, const View<const float, 3>& enhanced,
                 const Outputs& outputs) const;
  // Both steps from waveforms (B, N).
  void forward(const Pass& pass, const View<const float, 2>& noisy, const View<const float, 2>& enhanced,
               const Outputs& outputs) const;

  // Alone: `pcm` (B, N) gives `fbank`; `fbank_noisy` and, where it blends, `fbank_enhanced`, (B, T, 80) each,
  // give `coefficient` (where it blends), `embedding`, `calibrated`, `log_posterior`.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  // Of a file with in.fbank_noisy.
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  struct Blend {
    Vector weight;
    float bias;
  };
  struct Bridge {
    Vector scale_weight, scale_bias, shift_weight, shift_bias;
  };
  MelBank bank_;
  int64_t embedding_;
  std::optional<Blend> blend_;
  std::optional<Bridge> bridge_;
  std::unique_ptr<SerEncoder> encoder_;
  PackedMatrix first_, second_;  // classifier, batch norm folded into the first layer
  Vector first_bias_, second_bias_;
};

std::unique_ptr<Network> make_trnet(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
