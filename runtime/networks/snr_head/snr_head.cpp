#include "runtime/networks/snr_head/snr_head.h"

#include <numbers>

#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"
#include "kernels/mean_pool/mean_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "runtime/networks/common/as_map.h"
#include "runtime/networks/common/frame_groups.h"
#include "runtime/networks/common/head_alone.h"

namespace serene::runtime {
namespace {

// What the head is trained to tell apart: beyond, one side is not heard.
constexpr float kLowestDb = -10, kHighestDb = 40;
// Decibels in a unit of the natural logarithm of a power.
constexpr auto kDecibels = static_cast<float>(10 / std::numbers::ln10);

}  // namespace

SnrHead::SnrHead(const networks::SnrHeadConfig& config, const WeightReader& weights)
    : config_(config),
      frame_(weights.at("frame")),
      power_(weights.at("power")),
      ratio_(weights.linear({kDecibels, -kDecibels}, {1, 2}), weights.keep({0})),
      dense_(weights.at("dense")),
      out_(weights.at("out")) {}

void SnrHead::give_ratio(const Pass& pass, const View<const float, 2>& u, const Ragged& groups,
                         const View<float, 2>& snr_db) const {
  const Arena::Scope scope(pass.arena);
  LogSumExpPoolArgs sums;
  const View<float, 2> powers = pass.arena.take<2>({u.size(0), 2});
  power_.forward(pass, u, powers);
  sums.x = powers;
  sums.clips = groups;
  sums.y = pass.arena.take<2>({groups.clips, 2});
  pass.run([&] { log_sum_exp_pool(sums, pass.stream); });
  ratio_.forward(pass, sums.y, snr_db);
  pass.tap("tap.snr_db", as_map(View<const float, 2>(snr_db)));
  pass.run([&] {
    pointwise({snr_db, snr_db, PointwiseFunction::clamp, kLowestDb, kHighestDb}, pass.stream);
  });
}

void SnrHead::give_speech(const Pass& pass, const View<const float, 2>& u, const Ragged& groups,
                          const View<float, 2>& speech) const {
  const Arena::Scope scope(pass.arena);
  MeanPoolArgs mean;
  mean.x = u;
  mean.clips = groups;
  mean.y = pass.arena.take<2>({groups.clips, u.size(1)});
  pass.run([&] { mean_pool(mean, pass.stream); });
  const View<float, 2> hidden = pass.arena.take<2>({groups.clips, dense_.outputs()});
  dense_.forward(pass, mean.y, hidden, Activation::relu);
  out_.forward(pass, hidden, speech);
  pass.tap("tap.speech_logit", as_map(View<const float, 2>(speech)));
  pass.run([&] { pointwise({speech, speech, PointwiseFunction::sigmoid}, pass.stream); });
}

// All but the first product in fp32 whatever the precision: they cost nothing, and rounding of a power's
// logarithm is a ratio's error.
void SnrHead::forward(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                      std::span<const View<float, 2>> outputs) const {
  const ObserverScope step = pass.step("snr_head");
  const Arena::Scope scope(pass.arena);
  const FrameGroups groups = frame_groups(pass, x, frames, config_.frame_pool);
  const View<float, 2> u = pass.arena.take<2>({groups.rows.size(0), frame_.outputs()});
  frame_.forward(pass, groups.rows, u, Activation::relu);
  const Pass exact = pass.in_fp32();
  give_ratio(exact, u, groups.clips, outputs[0]);
  give_speech(exact, u, groups.clips, outputs[1]);
}

std::map<std::string, std::vector<int64_t>> SnrHead::result_shapes(const ValuesByName& inputs) const {
  return head_result_shapes(config_, inputs);
}

void SnrHead::run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const {
  run_head_alone(*this, config_, pass, inputs, results);
}

std::unique_ptr<Network> make_snr_head(const networks::NetworkConfig& config, const WeightReader& weights) {
  return std::make_unique<SnrHead>(dynamic_cast<const networks::SnrHeadConfig&>(config), weights);
}

}  // namespace serene::runtime
