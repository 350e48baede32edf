// How a model's parts make one forward pass.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/models/common/model_config.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class Wiring {
 public:
  virtual ~Wiring() = default;

  // Null where the model cannot enhance.
  virtual const Enhancer* enhancer() const = 0;
  // Whose hidden states are those of a clip; null where the model has none, or it hears something else.
  virtual const Encoder* encoder() const { return nullptr; }
  // Fewest samples there is a score for.
  virtual int64_t minimum_samples() const { return 1; }
  // Most samples of a clip.
  virtual int64_t maximum_samples() const { return std::numeric_limits<int64_t>::max(); }
  // Samples of the windows that longer recordings are scored in; 0: recordings of any length are one.
  virtual int64_t window_samples() const {
    const int64_t most = maximum_samples();
    return most == std::numeric_limits<int64_t>::max() ? 0 : most;
  }
  // Whether forward() takes clips of different lengths together.
  virtual bool ragged() const { return false; }
  // Whether forward() can be asked for these outputs alone, numbers in the model's order, without computing
  // what they do not need.
  virtual bool gives_alone(std::span<const size_t> /*outputs*/) const { return false; }
  // outputs[i] (clips, size) is the model's i-th output; where some are asked for alone, the others are views
  // without data.
  virtual void forward(const Pass& pass, const Waveforms& clips,
                       std::span<const View<float, 2>> outputs) const = 0;
  // Further names that reference tensors have for an output.
  virtual std::vector<std::string> reference_names(const std::string& output) const { return {output}; }
  // Samples that a recording had when its reference tensors `<prefix>...` were computed, by zeros after its
  // end or by cutting it; `fitted` unless their shapes say otherwise.
  virtual int64_t reference_samples(const weights::TensorFile& /*file*/, const std::string& /*prefix*/,
                                    int64_t /*samples*/, int64_t fitted) const {
    return fitted;
  }
};

// `parts` outlive the wiring.
std::unique_ptr<Wiring> make_wiring(const models::ModelConfig& config, const Parts& parts);

}  // namespace serene::runtime
