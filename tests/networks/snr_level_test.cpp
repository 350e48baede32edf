// What a model file and a checkpoint say of NRSER's detector of speech, and the detector run on clips of
// different lengths. Its numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/snr_level/snr_level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/cut_segments/cut_segments.h"
#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene::networks {
namespace {

Checkpoint with(const std::vector<std::string>& names) {
  weights::Tensors tensors;
  for (const std::string& name : names) tensors[name] = weights::from_float(name, {1}, std::vector<float>{1});
  return test::checkpoint_of(tensors, "x");
}

TEST(SnrLevelFormat, HasNoWidths) { EXPECT_EQ(test::text_of(SnrLevelConfig()), "{}"); }

TEST(SnrLevelImport, KnowsItsOneLayerWhereThatIsAll) {
  EXPECT_TRUE(is_snr_level(with({"linear.weight", "linear.bias"})));
  EXPECT_TRUE(is_snr_level(with({"linear.bias"}))) << "damaged";
  EXPECT_FALSE(is_snr_level(with({"linear.weight", "linear.bias", "encoder.weight"})));
  EXPECT_FALSE(is_snr_level(with({})));
}

TEST(SnrLevelImport, RefusesTheDetectorThatLooksAtOtherClips) {
  const Checkpoint other =
      with({"cnn.0.weight", "fusion_layer.linear1.weight", "linear.weight", "linear.bias"});
  ASSERT_TRUE(is_snr_level(other));
  EXPECT_EQ(
      test::refusal([&] { import_snr_level(other); }),
      "x: fusion_layer.linear1.weight: NRSER's detector of 2025, whose attention runs over the clips of a "
      "batch: a level would depend on what is scored with it; the one of the paper is linear.weight (1, "
      "402)");
}

class SnrLevelRun : public testing::Test {
 protected:
  static models::ModelFile file() {
    models::ModelConfig config;
    config.parts = {{"snr_level", std::make_shared<SnrLevelConfig>()}};
    return test::random_model_file(config);
  }
  const models::ModelFile file_ = file();
  const std::unique_ptr<runtime::Network> network_ = runtime::make_snr_level(
      SnrLevelConfig(), runtime::WeightReader(file_.tensors, "snr_level.", HostMemory::instance()));

  // Of each clip, its level compared with a copy that is `share` of it plus a tone.
  test::Clips run(const test::Clips& clips, float share, int threads = 1,
                  Precision precision = Precision::fp32) const {
    constexpr int64_t kSegment = 1000;
    const auto [samples, lengths] = test::packed(clips, 1);
    std::vector<int64_t> counts;
    std::vector<float> enhanced;
    for (const std::vector<float>& clip : clips) {
      counts.push_back(segments_of(std::ssize(clip), kSegment));
      for (size_t i = 0; i < clip.size(); ++i)
        enhanced.push_back(share * clip[i] +
                           (share == 0 ? 0.0f : 0.02f * std::sin(0.3f * static_cast<float>(i))));
      enhanced.resize((enhanced.size() + kSegment - 1) / kSegment * kSegment, std::nanf(""));
    }
    std::vector<float> levels(clips.size());
    const auto& detector = dynamic_cast<const runtime::LevelEstimator&>(*network_);
    test::run_pass(test::TestStream(Device::cpu, threads), precision, [&](const runtime::Pass& pass) {
      const runtime::Waveforms waveforms{make_view<1>(samples.data(), {std::ssize(samples)}),
                                         pass.ragged(lengths)};
      const Ragged segments = pass.ragged(counts);
      detector.forward(pass, waveforms,
                       {make_view<2, const float>(enhanced.data(), {segments.rows(), kSegment}), segments},
                       make_view<2>(levels.data(), {std::ssize(clips), 1}));
    });
    test::Clips results;
    for (const float level : levels) results.push_back({level});
    return results;
  }
};

TEST_F(SnrLevelRun, AClipHasItsLevelInEveryMix) {
  test::Clips clips;
  for (const int64_t samples : {1, 99, 400, 999, 1000, 1001, 4801})
    clips.push_back(test::random_values(samples, static_cast<uint32_t>(samples), 0.1f));
  test::expect_same_in_every_mix(clips, 40, [&](const test::Clips& batch, int threads, Precision precision) {
    return run(batch, 0.5f, threads, precision);
  });
}

// No direction is like silence: what is left is the bias.
TEST_F(SnrLevelRun, SilenceHasTheLevelOfTheBias) {
  const float bias = file_.values("snr_level.linear.bias").front();
  const float expected = std::clamp(bias, 0.0f, 1.0f);
  const std::vector<float> sound = test::random_values(3000, 1, 0.1f), silence(3000, 0.0f);
  EXPECT_EQ(run({silence}, 0.5f).front().front(), expected);
  EXPECT_EQ(run({sound}, 0).front().front(), expected);
  EXPECT_EQ(run({silence}, 0).front().front(), expected);
}

TEST_F(SnrLevelRun, AloneNeedsTwoWaveformsOfOneLength) {
  const runtime::NamedValues clip{{7}, std::vector<float>(7)}, other{{8}, std::vector<float>(8)};
  EXPECT_EQ(network_->result_shapes({{"pcm", clip}, {"enhanced", clip}}).at("level"),
            std::vector<int64_t>{1});
  EXPECT_THROW(network_->result_shapes({{"pcm", clip}}), Error);
  EXPECT_THROW(network_->result_shapes({{"pcm", clip}, {"enhanced", other}}), Error);
  EXPECT_THROW(network_->result_shapes({{"pcm", {{0}, {}}}, {"enhanced", {{0}, {}}}}), Error);
}

}  // namespace
}  // namespace serene::networks
