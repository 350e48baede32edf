// The engine on the CUDA kernels, run by a GPU or by the executor: the CPU's scores, the same bits in any
// company.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runtime/src/engine.h"
#include "tests/support/engine_device.h"
#include "tests/support/op_test.h"
#include "tests/support/random_model.h"

namespace serene::runtime {
namespace {

using Clip = std::span<const float>;

Engine engine_on(EngineOptions::Choice device, const std::shared_ptr<const Model>& model) {
  EngineOptions options;
  options.device = device;
  return {model, options};
}

class EngineDevice : public testing::TestWithParam<networks::TrnetEncoder> {};

TEST_P(EngineDevice, ScoresLikeTheCpuInBatchesOfMixedLengths) {
  test::ModelSpec config;
  config.se = test::small_se();
  config.ser = test::small_ser(GetParam());
  config.ser->fit.rule = models::FitRule::none;
  const std::shared_ptr<const Model> model = test::random_model(config);
  // cnn6 pools 16 frames into one.
  std::vector<std::vector<float>> clips;
  for (int64_t n : {2800, 3001, 2800, 2800})
    clips.push_back(test::tone(n, static_cast<uint32_t>(clips.size() + 1)));
  const std::vector<Clip> spans(clips.begin(), clips.end());

  Engine cpu = engine_on(EngineOptions::Choice::cpu, model);
  Engine device = engine_on(test::choice_of(test::devices().front()), model);
  EXPECT_FALSE(device.device().starts_with("cpu")) << device.device();
  const std::vector<ClipScore> expected = score_clips(cpu, spans), together = score_clips(device, spans);
  for (size_t i = 0; i < clips.size(); ++i) {
    SCOPED_TRACE("clip " + std::to_string(i));
    // From the second on by a graph, where the device has them.
    ClipScore alone;
    for (int time = 0; time < (i == 0 ? 3 : 1); ++time) alone = score_clips(device, {&spans[i], 1}).front();
    const ClipScore& batched = together[i];
    EXPECT_NEAR(batched.coefficient, expected[i].coefficient, 1e-4);
    EXPECT_EQ(0, std::memcmp(&batched.coefficient, &alone.coefficient, 4));
    for (size_t k = 0; k < alone.log_posterior.size(); ++k)
      EXPECT_NEAR(batched.log_posterior[k], expected[i].log_posterior[k], 1e-4);
    for (size_t k = 0; k < alone.embedding.size(); ++k)
      EXPECT_NEAR(batched.calibrated[k], expected[i].calibrated[k], 1e-4);
    EXPECT_EQ(batched.log_posterior, alone.log_posterior);
    EXPECT_EQ(batched.embedding, alone.embedding);
    EXPECT_EQ(batched.calibrated, alone.calibrated);
  }
}

INSTANTIATE_TEST_SUITE_P(Encoders, EngineDevice,
                         testing::Values(networks::TrnetEncoder::cnn6, networks::TrnetEncoder::residual),
                         [](const auto& tested) {
                           return tested.param == networks::TrnetEncoder::cnn6 ? "cnn6" : "residual";
                         });

TEST(EngineDevice, EnhancesLikeTheCpu) {
  test::ModelSpec config;
  config.se = test::small_se();
  const std::shared_ptr<const Model> model = test::random_model(config);
  Engine cpu = engine_on(EngineOptions::Choice::cpu, model);
  Engine device = engine_on(test::choice_of(test::devices().front()), model);
  for (int64_t n : {1, 400, 2000, 1100}) {  // the last in memory that a longer one has left
    const std::vector<float> clip = test::tone(n, 5);
    std::vector<float> expected(clip.size()), got(clip.size());
    cpu.enhance(clip, expected);
    device.enhance(clip, got);
    double error = 0, energy = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      error += std::pow(double(got[i]) - expected[i], 2);
      energy += std::pow(double(expected[i]), 2);
    }
    // One sample: tests/golden/README.md.
    EXPECT_LT(std::sqrt(error / energy), n == 1 ? 2e-3 : 1e-4) << n << " samples";
  }
}

TEST(EngineDevice, EnhancesTogetherAsAlone) {
  test::ModelSpec config;
  config.se = test::small_se();
  Engine device = engine_on(test::choice_of(test::devices().front()), test::random_model(config));
  std::vector<std::vector<float>> clips, together, alone;
  for (int64_t n : {400, 500, 400, 1, 400, 400, 400}) {
    clips.push_back(test::tone(n, static_cast<uint32_t>(clips.size() + 1)));
    together.emplace_back(static_cast<size_t>(n), 1.0f);
    alone.emplace_back(static_cast<size_t>(n), 2.0f);
  }
  const std::vector<Clip> spans(clips.begin(), clips.end());
  device.enhance(spans, std::vector<std::span<float>>(together.begin(), together.end()));
  for (size_t i = 0; i < clips.size(); ++i) device.enhance(clips[i], alone[i]);
  EXPECT_EQ(together, alone);
}

}  // namespace
}  // namespace serene::runtime
