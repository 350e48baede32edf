// A transformer layer over clips of different lengths, its norms before or after attention and feed-forward,
// with WavLM's gated bias by distance where the network has it.
#pragma once

#include <optional>
#include <string>

#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/speech_transformer/config.h"

namespace serene::runtime {

class TransformerLayer {
 public:
  // `index` is in the names of the values that it shows.
  TransformerLayer(const networks::SpeechTransformerConfig& config, const WeightReader& weights, int index);

  // x (R, H), in place. `position_bias` (heads, 2 L - 1), or null data without.
  void forward(const Pass& pass, const Ragged& frames, const View<const float, 2>& position_bias,
               const View<float, 2>& x) const;

 private:
  struct Gate {
    Vector weight, bias, scale;
  };
  // y = out_proj of the attention over `x`, plus the residual.
  void attend(const Pass& pass, const Ragged& frames, const View<const float, 2>& position_bias,
              const View<const float, 2>& x, const View<float, 2>& residual_and_y) const;
  void feed_forward(const Pass& pass, const View<const float, 2>& x,
                    const View<float, 2>& residual_and_y) const;

  bool pre_norm_;
  int64_t heads_;
  Dense qkv_, out_, first_, second_;
  Norm attention_norm_, feed_forward_norm_;
  std::optional<Gate> gate_;
  std::string attention_tap_;
};

}  // namespace serene::runtime
