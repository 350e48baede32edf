// Outputs by name, of models that have several and of models without classes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "serene/serene.hpp"
#include "tests/toy/models.h"

namespace serene {
namespace {

using Samples = std::vector<float>;

// Alternates around `mean`, so that the mean of an even number of samples is exact.
Samples around(float mean, size_t count) {
  Samples samples(count);
  for (size_t i = 0; i < count; ++i) samples[i] = mean + (i % 2 == 0 ? 0.25f : -0.25f);
  return samples;
}

Samples joined(Samples a, const Samples& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

serene_clip clip_of(const Samples& samples) { return {samples.data(), samples.size()}; }

// Of the toy network, in double: log_softmax(relu(4 m + 0.5), relu(-4 m + 0.25)).
double up_of(double mean) {
  const double up = std::max(0.0, 4 * mean + 0.5), down = std::max(0.0, -4 * mean + 0.25);
  return std::exp(up) / (std::exp(up) + std::exp(down));
}

Model measures(const std::vector<std::string>& classes, const models::Fit& clip = {}) {
  return Model(test::toy_model("measures", classes, clip), "measures");
}

template <class Action>
std::string unsupported(Action&& action) {
  try {
    action();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.status(), SERENE_UNSUPPORTED);
    return failure.what();
  }
  return "";
}

TEST(Outputs, ARunGivesEachOfThemForEachClip) {
  const Model model = measures({"direction", "onset"});
  EXPECT_TRUE(model.can_run());
  EXPECT_TRUE(model.can_score());
  Engine engine(model, SERENE_DEVICE_CPU, 2);
  const Samples first = joined(around(0.5f, 800), around(-0.25f, 800)), second = around(-0.125f, 400);
  const serene_clip clips[] = {clip_of(first), clip_of(second), clip_of(first)};
  const Results results = engine.run(clips);
  ASSERT_EQ(results.count(), 3u);
  const double levels[] = {0.125, -0.125, 0.125}, onsets[] = {0.5, -0.125, 0.5};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(results.values(i, "mean_level").size(), 1u);
    EXPECT_NEAR(results.values(i, "mean_level")[0], levels[i], 1e-6);
    EXPECT_NEAR(results.values(i, "onset_level")[0], onsets[i], 1e-6);
    ASSERT_EQ(results.values(i, "direction").size(), 2u);
    EXPECT_NEAR(results.values(i, "direction")[0], up_of(levels[i]), 1e-6);
    EXPECT_NEAR(results.values(i, "direction")[1], 1 - up_of(levels[i]), 1e-6);
    EXPECT_NEAR(results.values(i, "onset")[0], up_of(onsets[i]), 1e-6);
    ASSERT_EQ(results.values(i, "point").size(), 2u);
    EXPECT_NEAR(results.values(i, "point")[0], 4 * levels[i] + 0.5, 1e-6);
    EXPECT_NEAR(results.values(i, "point")[1], -4 * levels[i] + 0.25, 1e-6);
    EXPECT_NEAR(results.values(i, "onset_point")[1], -4 * onsets[i] + 0.25, 1e-6);
    EXPECT_EQ(results.label(i, "direction"), levels[i] > 0 ? "up" : "down");
    EXPECT_EQ(results.label(i, "mean_level"), "");
    EXPECT_EQ(results.label(i, "point"), "");
    EXPECT_EQ(serene_results_seconds(results.get(), i), static_cast<double>(clips[i].count) / 16000);
    EXPECT_EQ(serene_results_start(results.get(), i), 0);
  }
  EXPECT_TRUE(std::ranges::equal(results.values(0, "onset_point"), results.values(2, "onset_point")));
  // The first output that is classes is the posterior, wherever it is among the outputs.
  EXPECT_TRUE(std::ranges::equal(results.values(0, "posterior"), results.values(0, "direction")));
  const std::vector<Score> scores = engine.score(clips);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(std::ranges::equal(scores[i].posterior, results.values(i, "direction"))) << i;
  EXPECT_EQ(results.values(0, "coefficient").size(), 0u);
}

TEST(Outputs, ARunGivesFlagsAndTakesNoClips) {
  const Model model = measures({"direction"}, {models::FitRule::pad, 0.5});
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  EXPECT_EQ(engine.run({}).count(), 0u);
  const Samples quiet(8000), brief(1, 0.5f), longer = around(0, 8001);
  const serene_clip clips[] = {clip_of(quiet), clip_of(brief), clip_of(longer)};
  const Results results = engine.run(clips);
  EXPECT_EQ(results.flags(0), SERENE_CLIP_SILENT);
  EXPECT_EQ(results.flags(1), SERENE_CLIP_SHORT);
  EXPECT_EQ(results.flags(2), SERENE_CLIP_CUT);
  EXPECT_EQ(results.flags(3), 0u);
}

TEST(Outputs, WhatARunHasNotIsAnErrorThatNamesWhatThereIs) {
  const Model model = measures({"direction"});
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = around(0, 100);
  const serene_clip clip = clip_of(samples);
  const Results results = engine.run({&clip, 1});
  const auto refused = [&](size_t item, const std::string& output) {
    try {
      results.values(item, output);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.status(), SERENE_INVALID_ARGUMENT);
      return std::string(failure.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused(0, "valence"),
            "serene_results_values: no output valence: there are mean_level, onset_level, direction, point, "
            "onset_point");
  EXPECT_EQ(refused(1, "mean_level"), "serene_results_values: no clip 1, there are 1");
  EXPECT_EQ(refused(SERENE_WHOLE_RECORDING, "mean_level"),
            "serene_results_values: the results are of clips, not of a recording");

  serene_results* made = nullptr;
  EXPECT_EQ(serene_engine_run(nullptr, &clip, 1, &made), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(serene_engine_run(engine.get(), nullptr, 1, &made), SERENE_INVALID_ARGUMENT);
  EXPECT_EQ(serene_engine_run(engine.get(), &clip, 1, nullptr), SERENE_INVALID_ARGUMENT);
  EXPECT_STREQ(serene_last_error(), "serene_engine_run: engine, clips or results is null");
  const serene_clip empty{samples.data(), 0};
  EXPECT_EQ(serene_engine_run(engine.get(), &empty, 1, &made), SERENE_AUDIO_ERROR);
  EXPECT_STREQ(serene_last_error(), "clip 0: no samples");
  EXPECT_EQ(made, nullptr);
}

TEST(Outputs, AModelWithoutClassesRunsAndDoesNotScore) {
  const Model model = measures({});
  EXPECT_TRUE(model.can_run());
  EXPECT_FALSE(model.can_score());
  EXPECT_STREQ(serene_last_error(), "measures: the model has no classes; use serene_engine_run");
  EXPECT_TRUE(model.labels().empty());
  EXPECT_EQ(serene_model_can_run(nullptr), 0);
  EXPECT_STREQ(serene_last_error(), "serene_model_can_run: model is null");
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = around(0.25f, 100);
  const serene_clip clip = clip_of(samples);
  EXPECT_EQ(unsupported([&] {
              engine.score({&clip, 1});
            }),
            "measures: the model has no classes; use serene_engine_run");
  EXPECT_EQ(unsupported([&] { engine.score({}); }),
            "measures: the model has no classes; use serene_engine_run");
  const Results results = engine.run({&clip, 1});
  EXPECT_FLOAT_EQ(results.values(0, "mean_level")[0], 0.25f);
  EXPECT_EQ(results.values(0, "posterior").size(), 0u);
  EXPECT_EQ(results.label(0, "posterior"), "");
}

TEST(Outputs, AModelMayHaveAVectorAlone) {
  const Model model(test::toy_model("point"), "point");
  const std::vector<OutputSpec> specs = model.output_specs();
  ASSERT_EQ(specs.size(), 1u);
  EXPECT_EQ(specs[0].name, "point");
  EXPECT_EQ(specs[0].kind, SERENE_OUTPUT_VECTOR);
  EXPECT_EQ(specs[0].size, 2u);
  EXPECT_TRUE(specs[0].labels.empty());
  Engine engine(model, SERENE_DEVICE_CPU, 1);
  const Samples samples = around(0.25f, 100);
  const serene_clip clip = clip_of(samples);
  EXPECT_EQ(engine.run({&clip, 1}).values(0, "point")[0], 1.5f);
}

TEST(Outputs, SpecsHaveKindsSizesAndLabels) {
  const std::vector<OutputSpec> specs = measures({"direction", "onset"}).output_specs();
  ASSERT_EQ(specs.size(), 6u);
  EXPECT_EQ(specs[0].name, "mean_level");
  EXPECT_EQ(specs[0].kind, SERENE_OUTPUT_SCALAR);
  EXPECT_EQ(specs[0].size, 1u);
  EXPECT_EQ(specs[3].name, "onset");
  EXPECT_EQ(specs[3].kind, SERENE_OUTPUT_CLASSES);
  EXPECT_EQ(specs[3].labels, (std::vector<std::string>{"up", "down"}));
}

// A scalar, a posterior and a vector of a recording are the mean over its windows, each weighing as its
// length.
TEST(Outputs, ARecordingsAreTheMeanOfItsWindows) {
  for (const bool has_classes : {true, false}) {
    const Model model =
        measures(has_classes ? std::vector<std::string>{"direction"} : std::vector<std::string>{});
    Engine engine(model, SERENE_DEVICE_CPU, 1);
    // Two stretches of sound, of 0.5 and 0.2 s, around a pause.
    const Samples samples = joined(joined(around(0.25f, 8000), Samples(16000)), around(-0.5f, 3200));
    serene_recording recording{};
    recording.struct_size = sizeof(recording);
    recording.sample_rate = 16000;
    recording.channels = 1;
    recording.samples = samples.data();
    recording.frames = samples.size();
    serene_results* made = nullptr;
    ASSERT_EQ(serene_engine_score_recording(engine.get(), &recording, nullptr, &made), SERENE_OK)
        << serene_last_error();
    const Results results(made);
    ASSERT_EQ(results.count(), 2u);
    const double first = serene_results_seconds(made, 0), second = serene_results_seconds(made, 1);
    EXPECT_GT(first, 2 * second);
    const auto mean = [&](const char* output, size_t k) {
      return (first * results.values(0, output)[k] + second * results.values(1, output)[k]) /
             (first + second);
    };
    EXPECT_LT(results.values(1, "mean_level")[0], 0);
    for (const char* output : {"mean_level", "onset_level"})
      EXPECT_NEAR(results.values(SERENE_WHOLE_RECORDING, output)[0], mean(output, 0), 1e-6) << output;
    for (size_t k = 0; k < 2; ++k) {
      EXPECT_NEAR(results.values(SERENE_WHOLE_RECORDING, "point")[k], mean("point", k), 1e-6);
      if (!has_classes) continue;
      EXPECT_NEAR(results.values(SERENE_WHOLE_RECORDING, "direction")[k], mean("direction", k), 1e-6);
    }
    EXPECT_EQ(results.label(SERENE_WHOLE_RECORDING, "posterior"), has_classes ? "up" : "");
    EXPECT_STREQ(serene_results_reason(made), "");
  }
}

TEST(Outputs, ARecordingOfSilenceHasNone) {
  Engine engine(measures({"direction"}), SERENE_DEVICE_CPU, 1);
  const RecordingScore score = engine.score_recording(Samples(16000), 1, 16000);
  EXPECT_EQ(score.reason, "silence");
  EXPECT_TRUE(score.posterior.empty());
  EXPECT_EQ(score.label, "");
}

}  // namespace
}  // namespace serene
