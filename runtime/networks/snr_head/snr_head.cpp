#include "runtime/networks/snr_head/snr_head.h"

#include "kernels/common/error.h"
#include "kernels/frame_pool/frame_pool.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "runtime/networks/common/as_map.h"

namespace serene::runtime {

using networks::SnrHeadConfig;

SnrHead::SnrHead(const SnrHeadConfig& config, const WeightReader& weights)
    : config_(config),
      frame_(weights.at("quality").at("frame")),
      dense_(weights.at("quality").at("dense")),
      out_(weights.at("quality").at("out")) {}

void SnrHead::forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                      std::span<const View<float, 2>> outputs) const {
  const ObserverScope step = pass.step("quality");
  const Arena::Scope scope(pass.arena);
  // In fp32 whatever the precision: it costs nothing, and the estimate is a number that people read.
  Pass exact = pass;
  exact.precision = Precision::fp32;
  std::vector<int64_t> groups;
  for (int64_t b = 0; b < frames.clips; ++b)
    groups.push_back(frame_pool_length(frames.length(b), config_.frame_pool));
  FramePoolArgs pool;
  pool.x = x;
  pool.x_clips = frames;
  pool.frames = config_.frame_pool;
  pool.y_clips = pass.ragged(groups);
  pool.y = pass.arena.take<2>({pool.y_clips.rows(), x.size(1)});
  pass.run([&] { frame_pool(pool, pass.stream); });
  const View<float, 2> u = pass.arena.take<2>({pool.y.size(0), frame_.outputs()});
  frame_.forward(exact, pool.y, u, Activation::relu);
  MeanPoolArgs mean;
  mean.x = u;
  mean.clips = pool.y_clips;
  mean.y = pass.arena.take<2>({frames.clips, u.size(1)});
  pass.run([&] { mean_pool(mean, pass.stream); });
  const View<float, 2> v = pass.arena.take<2>({frames.clips, dense_.outputs()});
  dense_.forward(exact, mean.y, v, Activation::relu);
  const View<float, 2> o = pass.arena.take<2>({frames.clips, 2});
  out_.forward(exact, v, o);
  pass.tap("quality", as_map(View<const float, 2>(o)));
  const auto column = [&](int64_t i) {
    View<const float, 2> one = o;
    one.data += i;
    one.shape[1] = 1;
    return one;
  };
  pass.run([&] {
    pointwise(
        {column(0), outputs[0], PointwiseFunction::clamp, SnrHeadConfig::kLowest, SnrHeadConfig::kHighest},
        pass.stream);
  });
  pass.run([&] { pointwise({column(1), outputs[1], PointwiseFunction::sigmoid}, pass.stream); });
}

std::map<std::string, std::vector<int64_t>> SnrHead::result_shapes(const ValuesByName& inputs) const {
  const auto x = inputs.find("x");
  if (x == inputs.end() || x->second.shape.size() != 2 || x->second.shape[0] < 1 ||
      x->second.shape[1] != config_.channels) {
    throw Error(ErrorKind::invalid_argument,
                "snr_head: input x: wanted (T, " + std::to_string(config_.channels) + "), T from 1");
  }
  return {{"snr_db", {1, 1}}, {"speech", {1, 1}}};
}

void SnrHead::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  const View<float, 2> x = inputs.at("x").view<2>();
  const View<float, 2> outputs[] = {results.at("snr_db").view<2>(), results.at("speech").view<2>()};
  const int64_t rows[] = {x.size(0)};
  forward(pass, x, pass.ragged(rows), outputs);
}

std::unique_ptr<Network> make_snr_head(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<SnrHead>(dynamic_cast<const SnrHeadConfig&>(config), weights);
}

}  // namespace serene::runtime
