// A bidirectional GRU of any depth, structured self-attention of R hops over its rows, and a classifier with
// one hidden layer.
#pragma once

#include <memory>
#include <vector>

#include "runtime/networks/bigru_pool/config.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class BigruPool : public Head {
 public:
  BigruPool(const networks::BigruPoolConfig& config, const WeightReader& weights);

  std::optional<int64_t> state() const override { return state_; }
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
  struct Product {
    PackedMatrix weight;
    Vector bias;
  };
  struct Layer {
    Product gates;  // W_i, b_i of both directions
    PackedMatrix forward, backward;
    Vector bias;  // (2, 3 U)
  };
  static Layer read_layer(const WeightReader& gru, int number);
  static void multiply(const Pass& pass, Precision precision, const Product& product,
                       const View<const float, 2>& x, const View<float, 2>& y);
  void recur(const Pass& pass, const Layer& layer, const View<const float, 2>& x, const Ragged& frames,
             const View<float, 2>& y) const;
  void classify(const Pass& pass, const View<const float, 2>& embedding,
                const View<float, 2>& log_posterior) const;
  void tap_logits(const Pass& pass, const View<const float, 2>& embedding) const;

  std::optional<int64_t> state_;
  int64_t channels_, units_, hops_;
  Vector state_weights_;
  std::vector<Layer> layers_;
  Product projection_;
  Vector score_;  // (R, P)
  Product dense_, out_;
  Vector no_slope_;  // (Q) zeros: a PReLU that is a ReLU
};

std::unique_ptr<Network> make_bigru_pool(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
