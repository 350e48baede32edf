// What a model file and a checkpoint say of TRNet's recogniser, and the recogniser run alone. Its numbers are
// held to reference tensors by tests/end_to_end/golden_test.cpp.
#include "runtime/networks/trnet/trnet.h"

#include <gtest/gtest.h>

#include "tests/networks/format_text.h"
#include "tests/support/random_model.h"
#include "tests/support/refusal.h"

namespace serene::networks {
namespace {

TEST(TrnetFormat, TextIsCanonical) {
  TrnetConfig config = test::small_ser(TrnetEncoder::cnn6);
  config.classes = 3;
  EXPECT_EQ(test::text_of(config),
            R"({"blend":true,"bridge":true,"classes":3,"embedding":16,"encoder":"cnn6",)"
            R"("hidden":8,"widths":[4,8,8,16]})");
}

TEST(TrnetFormat, ABridgeNeedsTheCoefficient) {
  weights::Tensors tensors = test::tensors_of(TrnetConfig(test::small_ser(TrnetEncoder::cnn6)));
  std::erase_if(tensors, [](const auto& tensor) { return tensor.first.starts_with("front_model."); });
  test::expect_in(test::refusal([&] { TrnetConfig::import(test::checkpoint_of(tensors, "x")); }),
                  "x: back_model without front_model: the bridge needs the coefficient");
}

TEST(TrnetAlone, GivesFeaturesAndScores) {
  const auto model = test::random_model(test::ModelSpec{.ser = test::small_ser(TrnetEncoder::residual)});
  const runtime::Network& trnet = model->part("ser");
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(trnet.result_shapes({{"pcm", {{2, 560}, std::vector<float>(1120)}}}).at("fbank"),
            (Shape{2, 2, 80}));
  const runtime::NamedValues fbank{{1, 7, 80}, std::vector<float>(560)};
  const auto shapes = trnet.result_shapes({{"fbank_noisy", fbank}, {"fbank_enhanced", fbank}});
  EXPECT_EQ(shapes.at("coefficient"), (Shape{1}));
  EXPECT_EQ(shapes.at("embedding"), (Shape{1, 16}));
  EXPECT_EQ(shapes.at("calibrated"), (Shape{1, 16}));
  EXPECT_EQ(shapes.at("log_posterior"), (Shape{1, 3}));
  EXPECT_THROW(trnet.result_shapes({{"fbank_noisy", fbank}}), Error);
  EXPECT_THROW(trnet.result_shapes({{"fbank_noisy", {{1, 7, 79}, std::vector<float>(553)}}}), Error);
}

}  // namespace
}  // namespace serene::networks
