// NRSER's level through the C interface.
#include <gtest/gtest.h>

#include <cmath>
#include <serene/serene.hpp>

#include "tests/end_to_end/converted_model.h"
#include "tests/support/random_model.h"
#include "tests/support/random_values.h"

namespace serene {
namespace {

std::vector<std::byte> nrser() {
  converter::ConvertOptions options;
  options.parts.push_back({"", (test::kOwnGoldens / "encoders/nrser").string()});
  options.settings["encoder"]["heads"] = "3";
  return weights::serialize_safetensors(converter::convert(options).file);
}

// By the C interface, as programs ask for it.
TEST(NrserOutputs, AreThoseAskedFor) {
  const std::vector<std::byte> file = nrser();
  const Model opened(file, "converted");
  Engine engine(opened, SERENE_DEVICE_CPU, 2);
  const std::vector<float> samples = test::tone(4801, 3);
  const serene_clip clip{samples.data(), samples.size()};
  const size_t level = opened.outputs().size() - 1, beyond = level + 1;
  const Results whole = engine.run({&clip, 1}), alone = engine.run({&clip, 1}, {&level, 1});
  ASSERT_EQ(alone.values(0, "level").size(), 1u);
  EXPECT_EQ(alone.values(0, "level")[0], whole.values(0, "level")[0]);
  for (const char* output : {"emotion", "arousal", "embedding", "posterior"})
    EXPECT_EQ(alone.values(0, output).size(), 0u) << output;
  EXPECT_EQ(alone.label(0, "emotion"), "");
  serene_results* results = nullptr;
  EXPECT_EQ(serene_engine_run_outputs(engine.get(), &clip, 1, &beyond, 1, &results), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(), "serene_engine_run_outputs: an output is not the model's");
  EXPECT_EQ(serene_engine_run_outputs(engine.get(), &clip, 1, &level, 0, &results), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(), "serene_engine_run_outputs: no outputs");
  EXPECT_EQ(serene_engine_run_outputs(engine.get(), &clip, 1, nullptr, 1, &results), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(results, nullptr);
}

TEST(NrserRecordings, BelowTheLeastLevelHaveNoLabel) {
  const std::vector<std::byte> file = nrser();
  const Model opened(file, "converted");
  Engine engine(opened, SERENE_DEVICE_CPU, 2);
  std::vector<float> samples = test::tone(4801, 3);
  const std::vector<float> hiss = test::random_values(4801, 1, 0.1f);
  for (size_t i = 0; i < samples.size(); ++i) samples[i] += hiss[i];
  const RecordingScore judged = engine.score_recording(samples, 1, 16000);
  const double level = judged.outputs.at("level").front();
  ASSERT_GT(level, 0.01);
  ASSERT_LT(level, 0.98);
  EXPECT_EQ(judged.reason, "");
  EXPECT_EQ(engine.score_recording(samples, 1, 16000, {.min_level = level}).label, judged.label);
  const RecordingScore refused = engine.score_recording(samples, 1, 16000, {.min_level = level + 0.01});
  EXPECT_EQ(refused.reason, "no_speech");
  EXPECT_EQ(refused.label, "");
  EXPECT_EQ(refused.outputs, judged.outputs);
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    try {
      engine.score_recording(samples, 1, 16000, {.min_level = bad});
      FAIL() << bad;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.status(), SERENE_INVALID_ARGUMENT);
      EXPECT_STREQ(failure.what(), "serene_engine_score_recording: options.min_level is not in [0, 1]");
    }
  }
}

}  // namespace
}  // namespace serene
