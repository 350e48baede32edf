#pragma once

#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/snr_head/config.h"

namespace serene::runtime {

// u = relu(W_f y + b_f) of each pooled frame y; o = W_o relu(W_d mean(u) + b_d) + b_o; snr_db is o[0] held
// between bounds, speech the sigmoid of o[1].
class SnrHead : public Head {
 public:
  SnrHead(const networks::SnrHeadConfig& config, const WeightReader& weights);

  std::optional<int64_t> state() const override { return config_.read_state; }
  // outputs: snr_db (clips, 1), speech (clips, 1).
  void forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
               std::span<const View<float, 2>> outputs) const override;

  // Alone: `x` (T, H) gives both outputs.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile&) const override { return {}; }

 private:
  const networks::SnrHeadConfig config_;
  Dense frame_, dense_, out_;
};

std::unique_ptr<Network> make_snr_head(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
