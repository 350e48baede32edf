// What a model file and a checkpoint say of heads on the mean of frames, and a head run alone. Their numbers
// are held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/pooled_head/pooled_head.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/networks/format_text.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"
#include "weights/json/parse.h"

namespace serene::networks {
namespace {

PooledHeadConfig head_of(PooledKind kind) {
  PooledHeadConfig config;
  config.kind = kind;
  config.hidden = 8;
  config.inner = 6;
  config.classes = 3;
  return config;
}

// A checkpoint of that head, of a folder with such a config.json and labels.
Checkpoint head_checkpoint(const PooledHeadConfig& config, const std::string& json,
                           std::vector<std::string> labels = {}) {
  Checkpoint checkpoint = test::checkpoint_of(config, "x");
  checkpoint.config = json::parse(json, 8);
  checkpoint.labels = std::move(labels);
  return checkpoint;
}

std::vector<std::string> output_names(const HeadConfig& config) {
  std::vector<std::string> names;
  for (const OutputSpec& output : config.outputs()) names.push_back(output.name);
  return names;
}

const HeadConfig& imported(const Import& import) { return dynamic_cast<const HeadConfig&>(*import.config); }

TEST(PooledHeadFormat, TextIsCanonical) {
  PooledHeadConfig config = head_of(PooledKind::projected);
  EXPECT_EQ(test::text_of(config), R"({"classes":3,"hidden":8,"inner":6,"kind":"projected","state":-1})");
  config.states = 4;
  EXPECT_EQ(test::text_of(config),
            R"({"classes":3,"hidden":8,"inner":6,"kind":"projected","summed_states":4})");
  config = head_of(PooledKind::dense);
  config.scalars = {"arousal", "dominance", "valence"};
  EXPECT_EQ(
      test::text_of(config),
      R"({"hidden":8,"inner":6,"kind":"dense","scalars":["arousal","dominance","valence"],"state":-1})");
  EXPECT_EQ(test::text_of(head_of(PooledKind::heads4)),
            R"({"classes":3,"hidden":8,"kind":"heads4","state":-1})");
}

TEST(PooledHeadFormat, GivesClassesOrNumbersAndAnEmbedding) {
  using Names = std::vector<std::string>;
  PooledHeadConfig config = head_of(PooledKind::projected);
  EXPECT_EQ(output_names(config), (Names{"emotion", "embedding"}));
  EXPECT_EQ(config.outputs()[0].size, 3);
  EXPECT_EQ(config.outputs()[1].size, 6);
  config = head_of(PooledKind::dense);
  EXPECT_EQ(config.outputs()[1].size, 8);
  EXPECT_EQ(config.class_count(), 3);
  config.scalars = {"valence", "arousal", "dominance"};
  EXPECT_EQ(output_names(config), (Names{"valence", "arousal", "dominance", "embedding"}));
  EXPECT_EQ(config.class_count(), 0);
  EXPECT_EQ(output_names(head_of(PooledKind::heads4)),
            (Names{"emotion", "arousal", "valence", "dominance", "embedding"}));
}

TEST(PooledHeadImport, TakesNamesOfARegressionInTheirOrder) {
  const PooledHeadConfig dense = head_of(PooledKind::dense);
  const std::vector<std::string> labels{"Arousal", "Dominance", "Valence"};
  const Import regression =
      import_pooled_head(head_checkpoint(dense, R"({"problem_type":"regression"})", labels));
  using Names = std::vector<std::string>;
  EXPECT_EQ(output_names(imported(regression)), (Names{"arousal", "dominance", "valence", "embedding"}));
  // Dimensions are no alternatives, whether the folder says so or not.
  const Import silent = import_pooled_head(head_checkpoint(dense, R"({"problem_type":null})", labels));
  EXPECT_EQ(output_names(imported(silent)), (Names{"arousal", "dominance", "valence", "embedding"}));
  const Import classes = import_pooled_head(head_checkpoint(dense, "{}", {"angry", "happy", "sad"}));
  EXPECT_EQ(output_names(imported(classes)), (Names{"emotion", "embedding"}));
  const Import said =
      import_pooled_head(head_checkpoint(dense, R"({"problem_type":"single_label_classification"})", labels));
  EXPECT_EQ(output_names(imported(said)), (Names{"emotion", "embedding"}));
}

TEST(PooledHeadImport, TakesTheSumOfStatesWhereTheFolderSaysSo) {
  PooledHeadConfig summed = head_of(PooledKind::projected);
  summed.states = 4;
  const auto states = [&](const std::string& json) {
    return imported(import_pooled_head(head_checkpoint(summed, json))).summed_states();
  };
  EXPECT_EQ(states(R"({"use_weighted_layer_sum":true,"classifier_proj_size":6})"), 4);
  EXPECT_EQ(states(R"({"use_weighted_layer_sum":false})"), 0);
  Checkpoint fixed = test::checkpoint_of(head_of(PooledKind::projected), "x");
  fixed.settings["state"] = "2";
  EXPECT_EQ(*imported(import_pooled_head(fixed)).state(), 2);
}

TEST(PooledHeadImport, LeavesOutWhatIsTheEncoders) {
  weights::Tensors tensors = test::tensors_of(head_of(PooledKind::projected));
  tensors["hubert.encoder.layer_norm.weight"] =
      weights::from_float("hubert.encoder.layer_norm.weight", {1}, std::vector<float>{1});
  const Import import = import_pooled_head(test::checkpoint_of(tensors, "x"));
  EXPECT_EQ(import.tensors.size(), 4);
}

TEST(PooledHeadImport, RefusesByNameWhatIsNotComputed) {
  const auto said = [](PooledKind kind, const std::string& json,
                       const std::vector<std::string>& labels = {}) {
    return test::refusal([&] { import_pooled_head(head_checkpoint(head_of(kind), json, labels)); });
  };
  const PooledKind dense = PooledKind::dense, projected = PooledKind::projected;
  const std::string regression = R"({"problem_type":"regression"})";
  EXPECT_EQ(said(dense, R"({"pooling_mode":"max"})"),
            "x: configuration: pooling_mode: is max, and only mean is computed here");
  EXPECT_EQ(said(dense, R"({"problem_type":"multi_label_classification"})"),
            "x: configuration: problem_type: is multi_label_classification, which is not computed here");
  EXPECT_EQ(said(dense, regression), "x: id2label: missing: it names the outputs of a regression");
  EXPECT_EQ(said(dense, "{}", {"a", "b"}), "x: id2label: names 2 outputs, the checkpoint has 3");
  EXPECT_EQ(said(dense, regression, {"a b", "b", "c"}), "x: id2label: a b must be a name of a-z, 0-9 and _");
  EXPECT_EQ(said(dense, regression, {"A", "a", "c"}), "x: id2label: a name is there twice");
  EXPECT_EQ(said(dense, regression, {"a", "b", "embedding"}),
            "x: id2label: embedding is the name of another output");
  EXPECT_EQ(said(projected, R"({"classifier_proj_size":256})"),
            "x: configuration: classifier_proj_size: is 256, the projector has 6");
  EXPECT_EQ(said(projected, R"({"use_weighted_layer_sum":true})"), "x: layer_weights: missing");
  Checkpoint state = test::checkpoint_of(head_of(dense), "x");
  state.settings["state"] = "last";
  EXPECT_EQ(test::refusal([&] { import_pooled_head(state); }, ErrorKind::invalid_argument),
            "x: setting state: got last, wanted a whole number from 0 to 256");
  weights::Tensors tensors = test::tensors_of(head_of(projected));
  tensors["tdnn.0.kernel.weight"] = weights::from_float("tdnn.0.kernel.weight", {1}, std::vector<float>{1});
  EXPECT_EQ(test::refusal([&] { import_pooled_head(test::checkpoint_of(tensors, "x")); }),
            "x: tdnn.0: a head of x-vectors, which is not computed here");
}

TEST(PooledHeadAlone, AveragesAndGivesEachOutput) {
  models::ModelConfig config;
  auto head = std::make_shared<PooledHeadConfig>(head_of(PooledKind::heads4));
  config.parts = {{"head", head}};
  const models::ModelFile file = test::random_model_file(config);
  const runtime::WeightReader reader(file.tensors, "head.", HostMemory::instance());
  const auto made = runtime::make_pooled_head(*head, reader);
  const runtime::NamedValues state{{2, 8}, std::vector<float>(16, 1.0f)};
  const auto shapes = made->result_shapes({{"state", state}});
  EXPECT_EQ(shapes.at("emotion"), (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(shapes.at("embedding"), (std::vector<int64_t>{1, 8}));
  EXPECT_EQ(shapes.at("arousal"), (std::vector<int64_t>{1, 1}));
  EXPECT_THROW(made->result_shapes({{"state", {{2, 7}, std::vector<float>(14)}}}), Error);
  EXPECT_THROW(made->result_shapes({}), Error);
}

}  // namespace
}  // namespace serene::networks
