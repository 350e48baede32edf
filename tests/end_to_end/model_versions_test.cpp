// Model files of earlier versions of the format. tests/golden/models has one that serene-convert wrote when
// each version was the current one.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/src/reference_run.h"
#include "tests/end_to_end/converted_model.h"

namespace serene {
namespace {

const std::filesystem::path kVersion1 = test::kOwnGoldens / "models/version_1.safetensors";

models::ModelFile converted_today() {
  const std::string checkpoint = (test::kOwnGoldens / "trnet_baseline_cnn6.pt").string();
  return models::parse_model(test::converted_model("", checkpoint, "none"), "converted");
}

TEST(ModelVersions, Version1SaysWhatItSaid) {
  const models::ModelConfig config = models::read_model(kVersion1.string()).config;
  EXPECT_EQ(config.version, 1);
  EXPECT_EQ(config.model, "trnet");
  EXPECT_EQ(config.clip.rule, models::FitRule::none);
  ASSERT_EQ(config.parts.size(), 1U);
  EXPECT_EQ(config.parts[0].name, "ser");
  ASSERT_EQ(config.outputs.size(), 1U);
  EXPECT_EQ(config.outputs[0].labels, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST(ModelVersions, Version1HasTheTensorsOfTodaysConverter) {
  const models::ModelFile then = models::read_model(kVersion1.string()), now = converted_today();
  const auto specs = models::tensors_of(now.config);
  ASSERT_FALSE(specs.empty());
  for (const weights::TensorSpec& spec : specs)
    EXPECT_EQ(then.values(spec.name), now.values(spec.name)) << spec.name;
}

TEST(ModelVersions, Version1ComputesItsReference) {
  runtime::Engine engine(std::make_shared<const runtime::Model>(models::read_model(kVersion1.string())), {});
  const weights::TensorFile reference =
      weights::read_safetensors((test::kOwnGoldens / "chain_baseline_none.safetensors").string());
  const auto comparisons = runtime::compare_with_reference(engine, reference);
  ASSERT_FALSE(comparisons.empty());
  for (const runtime::Comparison& c : comparisons)
    EXPECT_EQ(c.verdict, runtime::Comparison::Verdict::pass) << c.name << ": " << c.relative;
}

}  // namespace
}  // namespace serene
