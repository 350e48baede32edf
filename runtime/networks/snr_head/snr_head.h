// The ratio of speech to noise in a clip, and whether there is speech at all.
//
//   y = means over groups of frames; u = relu(W y + b); p = W u + b, of two powers' logarithms
//   snr_db = 10 / ln 10 (log sum_i exp p[i, 0] - log sum_i exp p[i, 1]), held within -10 and 40
//   speech = 1 / (1 + exp(-(W relu(W mean_i u[i] + b) + b)))
#pragma once

#include <memory>

#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/snr_head/config.h"

namespace serene::runtime {

class SnrHead : public Head {
 public:
  SnrHead(const networks::SnrHeadConfig& config, const WeightReader& weights);

  std::optional<int64_t> state() const override { return config_.state(); }
  // outputs: decibels (clips, 1), the probability of speech (clips, 1).
  void forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
               std::span<const View<float, 2>> outputs) const override;

  // Alone: `x` (B, T, H) gives `snr_db` (B, 1) and `speech` (B, 1). Of no file: reference tensors have
  // recordings.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile&) const override { return {}; }

 private:
  // u (R, F) of the groups of frames.
  void give_ratio(const Pass& pass, const View<const float, 2>& u, const Ragged& groups,
                  const View<float, 2>& snr_db) const;
  void give_speech(const Pass& pass, const View<const float, 2>& u, const Ragged& groups,
                   const View<float, 2>& speech) const;

  const networks::SnrHeadConfig config_;
  Dense frame_, power_, ratio_, dense_, out_;
};

std::unique_ptr<Network> make_snr_head(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
