// What a model file and a checkpoint say of the head, and what holds of its results for any weights. Its
// numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/snr_head/snr_head.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

SnrHeadConfig small_head(int frame_pool) {
  SnrHeadConfig config;
  config.channels = 12;
  config.read_state = 2;
  config.frame_pool = frame_pool;
  config.frame = 7;
  config.hidden = 5;
  return config;
}

Checkpoint prefixed(const SnrHeadConfig& config) {
  Checkpoint checkpoint = test::checkpoint_of(config, "x");
  weights::StoredTensors tensors;
  for (auto& [name, tensor] : checkpoint.tensors) tensors["quality." + name] = tensor;
  checkpoint.tensors = std::move(tensors);
  return checkpoint;
}

TEST(SnrHeadFormat, TextIsCanonical) {
  SnrHeadConfig config = small_head(1);
  EXPECT_EQ(test::text_of(config), R"({"frame":7,"hidden":12,"inner":5,"state":2})");
  config.frame_pool = 4;
  config.speech_threshold = 0.25;
  config.read_state = -1;
  const std::string text =
      R"({"frame":7,"frame_pool":4,"hidden":12,"inner":5,"speech_threshold":0.25,"state":-1})";
  EXPECT_EQ(test::text_of(config), text);
  const json::Value object = json::parse(text, 8);
  const std::string file = "m";
  json::ObjectReader reader(object, "parts.x.", file);
  EXPECT_EQ(test::text_of(*SnrHeadConfig::read(reader)), text);
}

TEST(SnrHeadFormat, OutputsAreARatioAndAProbability) {
  SnrHeadConfig config = small_head(1);
  OutputSpec speech = scalar_output("speech");
  EXPECT_EQ(config.outputs(), (std::vector<OutputSpec>{scalar_output("snr_db"), speech}));
  config.speech_threshold = speech.speech_threshold = 0.5;
  EXPECT_EQ(config.outputs(), (std::vector<OutputSpec>{scalar_output("snr_db"), speech}));
}

TEST(SnrHeadFormat, ACheckpointMayHaveItBesideAnotherHead) {
  const SnrHeadConfig config = small_head(4);
  Checkpoint checkpoint = prefixed(config);
  checkpoint.tensors["gru.weight_ih_l0"] = checkpoint.tensors.begin()->second;
  checkpoint.settings = {{"state", "2"}, {"frame_pool", "4"}};
  EXPECT_TRUE(SnrHeadConfig::recognises(checkpoint));
  const Import import = SnrHeadConfig::import(checkpoint);
  EXPECT_EQ(test::text_of(*import.config), test::text_of(config));
  for (const weights::TensorSpec& spec : config.tensors()) {
    ASSERT_TRUE(import.tensors.contains(spec.name)) << spec.name;
    EXPECT_EQ(import.tensors.at(spec.name).shape, spec.shape);
  }
  EXPECT_TRUE(import.tensors.contains("gru.weight_ih_l0"));
  // Damaged, it is still itself.
  checkpoint.tensors.erase("quality.power.weight");
  checkpoint.tensors.erase("quality.dense.weight");
  EXPECT_TRUE(SnrHeadConfig::recognises(checkpoint));
  EXPECT_EQ(test::text_of(*SnrHeadConfig::import(checkpoint).config), test::text_of(config));
}

TEST(SnrHeadFormat, SettingsAreRead) {
  Checkpoint checkpoint = prefixed(small_head(1));
  checkpoint.settings = {{"state", "last"}, {"speech_threshold", "0.4"}};
  const Import import = SnrHeadConfig::import(checkpoint);
  const auto& config = dynamic_cast<const SnrHeadConfig&>(*import.config);
  EXPECT_EQ(config.state(), -1);
  EXPECT_EQ(config.speech_threshold, 0.4);
  EXPECT_EQ(config.frame_pool, 1);
  const auto said = [&](const std::string& key, const std::string& value) {
    checkpoint.settings = {{"state", "1"}};
    checkpoint.settings[key] = value;
    return test::refusal([&] { SnrHeadConfig::import(checkpoint); }, ErrorKind::invalid_argument);
  };
  for (const char* state : {"-1", "257", "first", ""}) {
    EXPECT_EQ(said("state", state),
              std::string("x: setting state: got ") + state + ", wanted a number from 0, or last");
  }
  for (const char* threshold : {"-0.1", "1.01", "nan", "inf", "half", "0.5x", ""}) {
    EXPECT_EQ(said("speech_threshold", threshold),
              std::string("x: setting speech_threshold: got ") + threshold + ", wanted a number from 0 to 1");
  }
  test::expect_in(said("frame_pool", "0"), "x: setting frame_pool: got 0");
  checkpoint.settings = {};
  EXPECT_EQ(test::refusal([&] { SnrHeadConfig::import(checkpoint); }, ErrorKind::invalid_argument),
            "x: setting state: needed: a number, or last: which hidden state it reads is in no tensor");
}

TEST(SnrHeadFormat, ModelFilesAreValidated) {
  const auto said = [](const std::string& key) {
    const json::Value object = json::parse(R"({"frame":7,"hidden":12,"inner":5,)" + key +
                                               (key.starts_with(R"("state)") ? "}" : R"(,"state":1})"),
                                           8);
    const std::string file = "m";
    json::ObjectReader reader(object, "parts.x.", file);
    return test::refusal([&] {
      SnrHeadConfig::read(reader);
      reader.refuse_unknown();
    });
  };
  for (const char* state : {R"("state":-2)", R"("state":257)", R"("state":"last")"})
    test::expect_in(said(state), "m: configuration: parts.x.state");
  for (const char* threshold :
       {R"("speech_threshold":-0.5)", R"("speech_threshold":2)", R"("speech_threshold":"0.5")"})
    test::expect_in(said(threshold), "m: configuration: parts.x.speech_threshold");
  for (const char* frames : {R"("frame_pool":0)", R"("frame_pool":1001)", R"("frame_pool":1.5)"})
    test::expect_in(said(frames), "m: configuration: parts.x.frame_pool");
  test::expect_in(said(R"("summed_states":3)"), "m: configuration: parts.x.summed_states");
}

// Forward passes.

std::unique_ptr<runtime::Network> network_of(const SnrHeadConfig& config, float power_scale = 1) {
  models::ModelConfig model;
  model.parts = {{"quality", std::make_shared<SnrHeadConfig>(config)}};
  models::ModelFile file = test::random_model_file(model);
  weights::Tensor power = file.tensors.at("quality.power.weight").read();
  std::vector<float> values = weights::to_float(power);
  for (float& value : values) value *= power_scale;
  file.tensors["quality.power.weight"] =
      weights::stored(weights::from_float("quality.power.weight", power.shape, values));
  return runtime::make_network(config,
                               runtime::WeightReader(file.tensors, "quality.", HostMemory::instance()));
}

TEST(SnrHead, AClipHasTheSameBitsInEveryMix) {
  for (const int frame_pool : {1, 4}) {
    const auto network = network_of(small_head(frame_pool));
    EXPECT_EQ(test::head_of(*network).state(), 2);
    test::expect_same_in_every_mix(
        test::clips_of({1, 2, 3, 31, 33, 70}, 12), 100,
        [&](const test::Clips& some, int threads, Precision precision) {
          return test::run_head(test::head_of(*network), {1, 1}, 12, some, threads, precision);
        });
  }
}

// However far apart the powers are.
TEST(SnrHead, TheRatioIsHeldWithinItsBounds) {
  std::set<float> ratios;
  for (const float scale : {1.0f, 1000.0f, -1000.0f}) {
    const auto network = network_of(small_head(4), scale);
    // One row, whose ratio changes sides with the sign.
    const std::vector<float> outputs =
        test::run_head(test::head_of(*network), {1, 1}, 12, test::clips_of({1}, 12)).at(0);
    ratios.insert(outputs[0]);
    EXPECT_GT(outputs[1], 0);
    EXPECT_LT(outputs[1], 1);
  }
  ASSERT_EQ(ratios.size(), 3U);
  EXPECT_EQ(*ratios.begin(), -10);
  EXPECT_EQ(*ratios.rbegin(), 40);
}

// Twice the same sound has twice both powers, and the same mean.
TEST(SnrHead, RepetitionChangesNothing) {
  const auto network = network_of(small_head(4));
  test::Clips clips = test::clips_of({32}, 12);
  clips.push_back(clips[0]);
  clips[1].insert(clips[1].end(), clips[0].begin(), clips[0].end());
  const test::Clips outputs = test::run_head(test::head_of(*network), {1, 1}, 12, clips);
  for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(outputs[0][i], outputs[1][i], 1e-5);
}

TEST(SnrHead, RunsAlone) {
  const auto network = network_of(small_head(4));
  using Shape = std::vector<int64_t>;
  const auto shapes = network->result_shapes({{"x", {{2, 9, 12}, std::vector<float>(216)}}});
  EXPECT_EQ(shapes.at("snr_db"), (Shape{2, 1}));
  EXPECT_EQ(shapes.at("speech"), (Shape{2, 1}));
  for (const auto& [name, shape] :
       {std::pair<std::string, Shape>{"x", {9, 12}}, {"x", {1, 0, 12}}, {"x", {1, 9, 11}}, {"y", {1, 9, 12}}})
    EXPECT_THROW(network->result_shapes({{name, {shape, {}}}}), Error) << name;
}

}  // namespace
}  // namespace serene::networks
