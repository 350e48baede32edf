// What a model file and a checkpoint say of CMGAN. Its numbers are held to reference tensors by
// tests/end_to_end/golden_test.cpp.
#include "runtime/networks/cmgan/cmgan.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene::networks {
namespace {

TEST(CmganFormat, TextIsCanonical) {
  EXPECT_EQ(test::text_of(CmganConfig()), R"({"channels":64,"tscbs":4})");
}

TEST(CmganFormat, HasThePublishedTensors) {
  // Counted in a checkpoint of the published network: 64 channels, four TSCBs, running statistics included.
  const auto specs = CmganConfig().tensors();
  int64_t parameters = 0;
  for (const weights::TensorSpec& spec : specs) {
    int64_t count = 1;
    for (const int64_t size : spec.shape) count *= size;
    parameters += count;
  }
  EXPECT_EQ(specs.size(), 351u);
  EXPECT_EQ(parameters, 1836881);
}

TEST(CmganFormat, WidthsComeFromAnotherTensorWhereTheFirstIsMissing) {
  const CmganConfig config(12, 3);
  weights::Tensors tensors = test::tensors_of(config);
  tensors.erase("dense_encoder.conv_1.0.weight");
  EXPECT_EQ(test::text_of(*CmganConfig::import(test::checkpoint_of(tensors, "x")).config),
            test::text_of(config));
  for (const char* name : {"dense_encoder.conv_2.0.weight", "complex_decoder.conv.weight",
                           "TSCB_1.time_conformer.post_norm.weight"})
    tensors.erase(name);
  test::expect_in(test::refusal([&] { CmganConfig::import(test::checkpoint_of(tensors, "x")); }),
                  "x: dense_encoder.conv_1.0.weight: missing");
}

TEST(CmganAlone, WantsAWaveform) {
  const auto model = test::random_model(test::ModelSpec{.se = test::small_se()});
  const runtime::Network& cmgan = model->part("se");
  EXPECT_EQ(cmgan.result_shapes({{"pcm", {{2, 500}, std::vector<float>(1000)}}}).at("enhanced"),
            (std::vector<int64_t>{2, 500}));
  EXPECT_THROW(cmgan.result_shapes({}), Error);
  EXPECT_THROW(cmgan.result_shapes({{"pcm", {{500}, std::vector<float>(500)}}}), Error);
  EXPECT_THROW(model->part("ser"), Error);
}

}  // namespace
}  // namespace serene::networks
