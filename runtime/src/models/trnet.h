// TRNet's recogniser (arXiv 2404.12979): coefficient and blend, encoder, bridge, classifier, and the variants
// without bridge or without enhancement.
#pragma once

#include <memory>
#include <optional>

#include "kernels/common/packed_matrix.h"
#include "kernels/fbank/fbank.h"
#include "runtime/src/models/encoder.h"

namespace serene::runtime {

class Trnet {
 public:
  // Reads the tensors "ser.*".
  Trnet(const weights::ModelFile& file, Memory& memory);

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
  std::unique_ptr<Encoder> encoder_;
  PackedMatrix first_, second_;  // classifier, batch norm folded into the first layer
  Vector first_bias_, second_bias_;
};

}  // namespace serene::runtime
