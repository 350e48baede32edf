#include "runtime/networks/pooled_head/pooled_head.h"

#include "kernels/common/error.h"
#include "kernels/copy/copy.h"
#include "kernels/log_softmax/log_softmax.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {

using networks::PooledKind;

PooledHead::PooledHead(const networks::PooledHeadConfig& config, const WeightReader& weights)
    : config_(config) {
  if (config.states > 0) state_weights_ = weights.vector("layer_weights");
  switch (config.kind) {
    case PooledKind::projected:
      for (const char* name : {"projector", "classifier"}) products_.emplace_back(weights.at(name));
      break;
    case PooledKind::dense:
      for (const char* name : {"dense", "out_proj"})
        products_.emplace_back(weights.at("classifier").at(name));
      break;
    case PooledKind::heads4:
      for (const char* name : {"output_layer_A", "output_layer_V", "output_layer_D", "output_layer_C"})
        products_.emplace_back(weights.at(name));
      break;
  }
}

void PooledHead::give(const Pass& pass, const View<const float, 2>& logits,
                      std::span<const View<float, 2>> outputs) const {
  pass.tap("logits", as_map(logits));
  if (config_.scalars.empty()) {
    pass.run([&] { log_softmax({logits, outputs[0]}, pass.stream); });
    return;
  }
  for (size_t i = 0; i < config_.scalars.size(); ++i) {
    View<const float, 2> column = logits;
    column.data += i;
    column.shape[1] = 1;
    pass.run([&] { copy({as_map(column), as_map(outputs[i])}, pass.stream); });
  }
}

// The mean of products is the product of the mean.
void PooledHead::projected(const Pass& pass, const View<const float, 2>& mean,
                           std::span<const View<float, 2>> outputs) const {
  const View<float, 2>& pooled = outputs.back();
  const View<float, 2> logits = pass.arena.take<2>({mean.size(0), config_.classes});
  products_[0].forward(pass, mean, pooled);
  pass.tap("pooled", as_map(View<const float, 2>(pooled)));
  products_[1].forward(pass, pooled, logits);
  give(pass, logits, outputs);
}

void PooledHead::dense(const Pass& pass, const View<const float, 2>& mean,
                       std::span<const View<float, 2>> outputs) const {
  pass.tap("pooled", as_map(mean));
  const View<float, 2> inner = pass.arena.take<2>({mean.size(0), config_.inner});
  const View<float, 2> logits = pass.arena.take<2>({mean.size(0), config_.classes});
  products_[0].forward(pass, mean, inner);
  pass.run([&] { pointwise({inner, inner}, pass.stream); });
  products_[1].forward(pass, inner, logits);
  give(pass, logits, outputs);
}

void PooledHead::heads4(const Pass& pass, const View<const float, 2>& mean,
                        std::span<const View<float, 2>> outputs) const {
  pass.tap("pooled", as_map(mean));
  for (size_t i = 0; i < 3; ++i) products_[i].forward(pass, mean, outputs[1 + i]);
  const View<float, 2> logits = pass.arena.take<2>({mean.size(0), config_.classes});
  products_[3].forward(pass, mean, logits);
  give(pass, logits, outputs);
}

void PooledHead::forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                         std::span<const View<float, 2>> outputs) const {
  const ObserverScope step = pass.step("head");
  const Arena::Scope scope(pass.arena);
  MeanPoolArgs pool;
  pool.x = x;
  pool.clips = frames;
  // The embedding of a head without a projection.
  pool.y = config_.kind == PooledKind::projected ? pass.arena.take<2>({frames.clips, config_.hidden})
                                                 : outputs.back();
  pass.run([&] { mean_pool(pool, pass.stream); });
  switch (config_.kind) {
    case PooledKind::projected:
      return projected(pass, pool.y, outputs);
    case PooledKind::dense:
      return dense(pass, pool.y, outputs);
    case PooledKind::heads4:
      return heads4(pass, pool.y, outputs);
  }
}

std::map<std::string, std::vector<int64_t>> PooledHead::result_shapes(const ValuesByName& inputs) const {
  const auto state = inputs.find("state");
  if (state == inputs.end() || state->second.shape.size() != 2 || state->second.shape[0] < 1 ||
      state->second.shape[1] != config_.hidden) {
    throw Error(ErrorKind::invalid_argument, "pooled_head: input state: wanted (T, " +
                                                 std::to_string(config_.hidden) + "), T 1 at the least");
  }
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const networks::OutputSpec& output : config_.outputs()) shapes[output.name] = {1, output.size};
  return shapes;
}

void PooledHead::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  const View<float, 2> state = inputs.at("state").view<2>();
  std::vector<View<float, 2>> outputs;
  for (const networks::OutputSpec& output : config_.outputs())
    outputs.push_back(results.at(output.name).view<2>());
  const int64_t rows[] = {state.size(0)};
  forward(pass, state, pass.ragged(rows), outputs);
}

std::vector<ReferenceRun> PooledHead::reference_runs(const weights::TensorFile&) const { return {}; }

std::unique_ptr<Network> make_pooled_head(const networks::NetworkConfig& config,
                                          const WeightReader& weights) {
  return std::make_unique<PooledHead>(dynamic_cast<const networks::PooledHeadConfig&>(config), weights);
}

}  // namespace serene::runtime
