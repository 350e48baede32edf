// Heads that average a clip's frames.
#pragma once

#include <memory>

#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/pooled_head/config.h"

namespace serene::runtime {

class PooledHead : public Head {
 public:
  PooledHead(const networks::PooledHeadConfig& config, const WeightReader& weights);

  std::optional<int64_t> state() const override { return config_.state(); }
  View<const float, 1> state_weights() const override { return state_weights_.view(); }
  void forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
               std::span<const View<float, 2>> outputs) const override;

  // Alone: `state` (T, H), of one clip, gives each output under its name.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  // None: what a head reads is in files of whole models.
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  // Of one vector a clip.
  void projected(const Pass& pass, const View<const float, 2>& mean,
                 std::span<const View<float, 2>> outputs) const;
  void dense(const Pass& pass, const View<const float, 2>& mean,
             std::span<const View<float, 2>> outputs) const;
  void heads4(const Pass& pass, const View<const float, 2>& mean,
              std::span<const View<float, 2>> outputs) const;
  // Logits to posteriors, or to a number for each output.
  void give(const Pass& pass, const View<const float, 2>& logits,
            std::span<const View<float, 2>> outputs) const;

  networks::PooledHeadConfig config_;
  Vector state_weights_;
  std::vector<Dense> products_;  // in the order of the configuration's tensors
};

std::unique_ptr<Network> make_pooled_head(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
