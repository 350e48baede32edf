#pragma once

#include "runtime/networks/common/network.h"

namespace serene::runtime {

// log_softmax(W2 relu(W1 mean(x) + b1) + b2)
class Toy : public Classifier {
 public:
  explicit Toy(const WeightReader& weights);
  void forward(const Pass& pass, const View<const float, 2>& pcm,
               const View<float, 2>& log_posterior) const override;

  // Alone: `pcm` (B, N) gives `log_posterior` (B, K). Of a file with in.pcm.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  PackedMatrix mean_, classes_;
  Vector mean_bias_, classes_bias_;
};

std::unique_ptr<Network> make_toy(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
