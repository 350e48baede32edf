// An encoder and the heads on its hidden states, from waveforms to the heads' outputs.
#pragma once

#include <span>
#include <vector>

#include "runtime/models/common/model_config.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class HeadedEncoder {
 public:
  // Of a configuration with one encoder and heads; `parts` outlive it.
  HeadedEncoder(const models::ModelConfig& config, const Parts& parts);

  const Encoder& encoder() const { return encoder_; }
  // outputs[i] (clips, size) is the i-th of models::head_outputs().
  void forward(const Pass& pass, const Waveforms& clips, std::span<const View<float, 2>> outputs) const;

 private:
  // A head, and which of the outputs are its own.
  struct Reader {
    const Head& head;
    size_t first_output, outputs;
  };
  Ragged frames_of(const Pass& pass, const Ragged& clips) const;

  const Encoder& encoder_;
  std::vector<Reader> readers_;
};

}  // namespace serene::runtime
