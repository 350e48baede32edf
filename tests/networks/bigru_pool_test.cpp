// What a model file and a checkpoint say of the head, and what holds of its results for any weights. Its
// numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/bigru_pool/bigru_pool.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

BigruPoolConfig small_head(int depth, int hops) {
  BigruPoolConfig config;
  config.channels = 12;
  config.units = 5;
  config.depth = depth;
  config.attention = 7;
  config.hops = hops;
  config.hidden = 6;
  config.classes = 3;
  return config;
}

Import import_of(const BigruPoolConfig& config, const std::string& state) {
  Checkpoint checkpoint = test::checkpoint_of(config, "x");
  if (!state.empty()) checkpoint.settings["state"] = state;
  return BigruPoolConfig::import(checkpoint);
}

TEST(BigruPoolFormat, TextIsCanonical) {
  BigruPoolConfig config = small_head(2, 4);
  const std::string begin = R"({"attention":7,"classes":3,"depth":2,"hidden":12,"hops":4,"inner":6,)";
  EXPECT_EQ(test::text_of(config), begin + R"("state":-1,"units":5})");
  config.read_state = 0;
  EXPECT_EQ(test::text_of(config), begin + R"("state":0,"units":5})");
  config.mixed_states = 5;
  EXPECT_EQ(test::text_of(config), begin + R"("summed_states":5,"units":5})");
}

TEST(BigruPoolFormat, LayersHopsAndStateAreThoseOfTheCheckpoint) {
  for (const int depth : {1, 2, 11}) {
    for (const int hops : {1, 3}) {
      BigruPoolConfig config = small_head(depth, hops);
      EXPECT_EQ(test::text_of(*import_of(config, "last").config), test::text_of(config));
      config.read_state = 4;
      EXPECT_EQ(test::text_of(*import_of(config, "4").config), test::text_of(config));
      config.mixed_states = 9;
      for (const char* state : {"", "weighted"})
        EXPECT_EQ(test::text_of(*import_of(config, state).config), test::text_of(config));
      EXPECT_EQ(config.state(), std::nullopt);
    }
  }
}

TEST(BigruPoolFormat, TheFrontIsOptional) {
  BigruPoolConfig config = small_head(1, 1);
  config.frame_pool = 4;
  config.input = 9;
  EXPECT_EQ(test::text_of(config),
            R"({"attention":7,"classes":3,"depth":1,"frame_pool":4,"hidden":12,"hops":1,)"
            R"("inner":6,"input":9,"state":-1,"units":5})");
  const json::Value object = json::parse(test::text_of(config), 8);
  const std::string file = "m";
  json::ObjectReader reader(object, "parts.x.", file);
  EXPECT_EQ(test::text_of(*BigruPoolConfig::read(reader)), test::text_of(config));

  Checkpoint checkpoint = test::checkpoint_of(config, "x");
  checkpoint.settings = {{"state", "last"}, {"frame_pool", "4"}};
  EXPECT_EQ(test::text_of(*BigruPoolConfig::import(checkpoint).config), test::text_of(config));
  for (const char* frames : {"0", "1001", "4.0", "", "-1"}) {
    checkpoint.settings["frame_pool"] = frames;
    EXPECT_EQ(test::refusal([&] { BigruPoolConfig::import(checkpoint); }, ErrorKind::invalid_argument),
              std::string("x: setting frame_pool: got ") + frames + ", wanted a whole number from 1 to 1000");
  }
}

TEST(BigruPoolFormat, OutputsAreClassesAndTheEmbedding) {
  const std::vector<OutputSpec> outputs = small_head(1, 3).outputs();
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0], classes_output("emotion", 3));
  EXPECT_EQ(outputs[1], vector_output("embedding", 30));
}

TEST(BigruPoolFormat, TheStateIsNeverGuessed) {
  const auto said = [](const BigruPoolConfig& config, const std::string& state) {
    return test::refusal([&] { import_of(config, state); }, ErrorKind::invalid_argument);
  };
  const BigruPoolConfig fixed = small_head(1, 1);
  BigruPoolConfig mixed = fixed;
  mixed.mixed_states = 4;
  EXPECT_EQ(said(fixed, ""),
            "x: setting state: needed: a number, or last: which hidden state it reads is in no tensor");
  EXPECT_EQ(said(fixed, "weighted"), "x: setting state: got weighted, layer_weights is missing");
  EXPECT_EQ(said(mixed, "2"),
            "x: setting state: got 2, the checkpoint has layer_weights, which weight all states");
  for (const char* state : {"-1", "1.5", "first", "99999999999"}) {
    EXPECT_EQ(said(fixed, state),
              std::string("x: setting state: got ") + state + ", wanted a number from 0, last or weighted");
  }
}

TEST(BigruPoolFormat, AGapAmongLayersIsNamed) {
  Checkpoint checkpoint = test::checkpoint_of(small_head(3, 1), "x");
  std::erase_if(checkpoint.tensors,
                [](const auto& item) { return item.first.find("_l1") != item.first.npos; });
  checkpoint.settings["state"] = "last";
  EXPECT_TRUE(BigruPoolConfig::recognises(checkpoint));
  const Import import = BigruPoolConfig::import(checkpoint);
  EXPECT_EQ(dynamic_cast<const BigruPoolConfig&>(*import.config).depth, 3);
}

TEST(BigruPoolFormat, ModelFilesAreValidated) {
  const auto said = [](const std::string& state) {
    const json::Value object = json::parse(
        R"({"attention":7,"classes":3,"depth":2,"hidden":12,"hops":4,"inner":6,"units":5,)" + state + "}", 8);
    const std::string file = "m";
    json::ObjectReader reader(object, "parts.x.", file);
    return test::refusal([&] { BigruPoolConfig::read(reader); });
  };
  for (const char* state :
       {R"("state":-2)", R"("state":257)", R"("state":"last")", R"("state":null)", R"("states":2)"})
    test::expect_in(said(state), "m: configuration: parts.x.state");
  for (const char* states : {R"("summed_states":0)", R"("summed_states":258)"})
    test::expect_in(said(states), "m: configuration: parts.x.summed_states");
}

// Forward passes.

std::unique_ptr<runtime::Network> network_of(const BigruPoolConfig& config) {
  models::ModelConfig model;
  model.parts = {{"head", std::make_shared<BigruPoolConfig>(config)}};
  const models::ModelFile file = test::random_model_file(model);
  return runtime::make_network(config, runtime::WeightReader(file.tensors, "head.", HostMemory::instance()));
}

TEST(BigruPool, ReadsTheStateThatItsConfigurationSays) {
  BigruPoolConfig config = small_head(1, 1);
  EXPECT_EQ(test::head_of(*network_of(config)).state(), -1);
  config.read_state = 2;
  EXPECT_EQ(test::head_of(*network_of(config)).state(), 2);
  config.mixed_states = 4;
  const auto mixed = network_of(config);
  EXPECT_EQ(test::head_of(*mixed).state(), std::nullopt);
  EXPECT_EQ(test::head_of(*mixed).state_weights().size(0), 4);
}

TEST(BigruPool, AClipHasTheSameBitsInEveryMix) {
  BigruPoolConfig with_front = small_head(2, 3);
  with_front.frame_pool = 4;
  with_front.input = 8;
  for (const BigruPoolConfig& config : {small_head(2, 3), with_front}) {
    const auto network = network_of(config);
    test::expect_same_in_every_mix(
        test::clips_of({1, 2, 3, 31, 33, 70}, 12), 100,
        [&](const test::Clips& some, int threads, Precision precision) {
          return test::run_head(test::head_of(*network), {3, 30}, 12, some, threads, precision);
        });
  }
}

TEST(BigruPool, AHopOverOneRowIsThatRow) {
  const auto network = network_of(small_head(2, 3));
  const std::vector<float> outputs =
      test::run_head(test::head_of(*network), {3, 30}, 12, test::clips_of({1}, 12)).at(0);
  for (size_t hop = 1; hop < 3; ++hop)
    EXPECT_TRUE(std::equal(outputs.begin() + 3, outputs.begin() + 13, outputs.begin() + 3 + 10 * hop)) << hop;
  double sum = 0;
  for (size_t k = 0; k < 3; ++k) sum += std::exp(outputs[k]);
  EXPECT_NEAR(sum, 1, 1e-6);
}

// Rounding of the gates' operands moves a state by less than it moves the gates, which are sums of values of
// size 1 by weights that have the root of their number for a size.
TEST(BigruPool, Bf16IsWithinTheRoundingOfItsOperands) {
  const auto network = network_of(small_head(2, 2));
  const test::Clips clips = test::clips_of({40}, 12);
  const std::vector<float> exact = test::run_head(test::head_of(*network), {3, 20}, 12, clips).at(0);
  const std::vector<float> rounded =
      test::run_head(test::head_of(*network), {3, 20}, 12, clips, 1, Precision::bf16).at(0);
  test::expect_close(rounded, test::to_double(exact), test::operand_rounding(Precision::bf16, 1));
  EXPECT_NE(rounded, exact);
}

TEST(BigruPool, RunsAlone) {
  const auto network = network_of(small_head(1, 3));
  using Shape = std::vector<int64_t>;
  const auto shapes = network->result_shapes({{"x", {{2, 9, 12}, std::vector<float>(216)}}});
  EXPECT_EQ(shapes.at("emotion"), (Shape{2, 3}));
  EXPECT_EQ(shapes.at("embedding"), (Shape{2, 30}));
  for (const auto& [name, shape] :
       {std::pair<std::string, Shape>{"x", {9, 12}}, {"x", {1, 0, 12}}, {"x", {1, 9, 11}}, {"y", {1, 9, 12}}})
    EXPECT_THROW(network->result_shapes({{name, {shape, {}}}}), Error) << name;
}

}  // namespace
}  // namespace serene::networks
