// Means over groups of frames, a projection, a bidirectional GRU of any depth, structured self-attention of R
// hops over its rows, and a classifier with one hidden layer.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class BigruPool : public Head {
 public:
  BigruPool(const networks::BigruPoolConfig& config, const WeightReader& weights);

  std::optional<int64_t> state() const override { return config_.state(); }
  View<const float, 1> state_weights() const override { return state_weights_.view(); }
  // outputs: log posteriors (clips, K), the embedding (clips, R 2 U).
  void forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
               std::span<const View<float, 2>> outputs) const override;

  // Alone: `x` (B, T, H) gives `emotion` (B, K), log posteriors, and `embedding` (B, R 2 U). Of no file:
  // reference tensors have recordings.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile&) const override { return {}; }

 private:
  struct Layer {
    Dense gates;  // W_i, b_i of both directions
    PackedMatrix forward, backward;
    Vector bias;  // (2, 3 U) b_h
  };
  static Layer read_layer(const WeightReader& gru, int number);
  // Fewer frames of fewer channels, where the head has such a front.
  View<const float, 2> front(const Pass& pass, const View<const float, 2>& x, Ragged& frames) const;
  View<const float, 2> recur(const Pass& pass, View<const float, 2> x, const Ragged& frames) const;
  void pool(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
            const View<float, 2>& embedding) const;
  void classify(const Pass& pass, const View<const float, 2>& embedding,
                const View<float, 2>& log_posterior) const;

  const networks::BigruPoolConfig config_;
  Vector state_weights_;
  std::optional<Dense> input_;
  std::vector<Layer> layers_;
  Dense projection_;
  Vector score_;  // (R, P)
  Dense dense_, out_;
};

std::unique_ptr<Network> make_bigru_pool(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
