// What a model file and a checkpoint say of the head, and what holds of its results for any weights. Its
// numbers are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/snr_head/snr_head.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/networks/packed_run.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

SnrHeadConfig small_snr() {
  SnrHeadConfig config;
  config.channels = 12;
  config.frame = 7;
  config.dense = 5;
  return config;
}

// As the training writes it, beside another head's tensors.
Checkpoint published(const SnrHeadConfig& config) {
  weights::Tensors tensors = test::tensors_of(config);
  tensors["gru.weight_hh_l0"] = weights::from_float("gru.weight_hh_l0", {3, 1}, std::vector<float>(3));
  return test::checkpoint_of(std::move(tensors), "x");
}

TEST(SnrHeadFormat, TextIsCanonicalAndReadAgain) {
  const SnrHeadConfig config = small_snr();
  const std::string text = R"({"dense":5,"frame":7,"frame_pool":4,"state":1,"width":12})";
  EXPECT_EQ(test::text_of(config), text);
  const json::Value object = json::parse(text, 8);
  const std::string file = "m";
  json::ObjectReader reader(object, "parts.x.", file);
  EXPECT_EQ(test::text_of(*snr_head_format.read(reader)), text);
  EXPECT_EQ(config.outputs(), (std::vector<OutputSpec>{scalar_output("snr_db"), scalar_output("speech")}));
}

TEST(SnrHeadFormat, IsReadFromACheckpointWithAnotherHead) {
  Checkpoint checkpoint = published(small_snr());
  EXPECT_TRUE(snr_head_format.recognises(checkpoint));
  EXPECT_EQ(test::text_of(*snr_head_format.import(checkpoint).config), test::text_of(small_snr()));
  checkpoint.settings = {{"state", "3"}, {"frame_pool", "2"}};
  SnrHeadConfig other = small_snr();
  other.read_state = 3;
  other.frame_pool = 2;
  EXPECT_EQ(test::text_of(*snr_head_format.import(checkpoint).config), test::text_of(other));
  for (const char* frames : {"0", "1001", "2.0", "", "-1"}) {
    checkpoint.settings["frame_pool"] = frames;
    EXPECT_EQ(test::refusal([&] { snr_head_format.import(checkpoint); }, ErrorKind::invalid_argument),
              std::string("x: setting frame_pool: got ") + frames + ", wanted a whole number from 1 to 1000");
  }
}

std::unique_ptr<runtime::Network> network_of(const SnrHeadConfig& config) {
  models::ModelConfig model;
  model.parts = {{"head", std::make_shared<SnrHeadConfig>(config)}};
  const models::ModelFile file = test::random_model_file(model);
  return runtime::make_network(config, runtime::WeightReader(file.tensors, "head.", HostMemory::instance()));
}

TEST(SnrHead, AClipHasTheSameBitsInEveryMix) {
  const auto network = network_of(small_snr());
  test::Clips clips;
  for (const int64_t rows : {1, 3, 4, 5, 33, 70})
    clips.push_back(test::random_values(rows * 12, static_cast<uint32_t>(clips.size() + 1)));
  test::expect_same_in_every_mix(clips, 100, [&](const test::Clips& some, int threads, Precision precision) {
    return test::run_head(dynamic_cast<const runtime::Head&>(*network), {1, 1}, 12, some, threads, precision);
  });
}

// The estimate stays between its bounds and the probability between 0 and 1, whatever the state.
TEST(SnrHead, HoldsItsOutputsBetweenTheirBounds) {
  const auto network = network_of(small_snr());
  for (const float size : {0.0f, 1.0f, 1e6f, 1e30f}) {
    const test::Clips clips{test::random_values(9 * 12, 3, size)};
    const std::vector<float> outputs =
        test::run_head(dynamic_cast<const runtime::Head&>(*network), {1, 1}, 12, clips).at(0);
    EXPECT_GE(outputs[0], SnrHeadConfig::kLowest);
    EXPECT_LE(outputs[0], SnrHeadConfig::kHighest);
    EXPECT_GE(outputs[1], 0);
    EXPECT_LE(outputs[1], 1);
  }
}

TEST(SnrHead, RunsAlone) {
  const auto network = network_of(small_snr());
  const auto shapes = network->result_shapes({{"x", {{9, 12}, std::vector<float>(108)}}});
  EXPECT_EQ(shapes.at("snr_db"), (std::vector<int64_t>{1, 1}));
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{9, 11}, {0, 12}, {1, 9, 12}})
    EXPECT_THROW(network->result_shapes({{"x", {shape, {}}}}), Error);
}

}  // namespace
}  // namespace serene::networks
