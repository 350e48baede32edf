#pragma once

#include "runtime/networks/common/network.h"

namespace serene::runtime {

// log_softmax(W2 relu(W1 mean(x) + b1) + b2)
class Toy : public Classifier {
 public:
  explicit Toy(const WeightReader& weights);
  void forward(const Pass& pass, const View<const float, 2>& pcm,
               const View<float, 2>& log_posterior) const override;

  // What tests/toy/models wires apart: the mean (B, 1) of samples whose rows may lie apart,
  void mean(const Pass& pass, const View<const float, 2>& pcm, const View<float, 2>& mean) const;
  // W1 mean + b1, (B, 2),
  void hidden(const Pass& pass, const View<const float, 2>& mean, const View<float, 2>& hidden) const;
  // and the log posterior (B, K) of a mean.
  void classify(const Pass& pass, const View<const float, 2>& mean,
                const View<float, 2>& log_posterior) const;

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
