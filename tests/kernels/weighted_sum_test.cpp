#include "kernels/weighted_sum/weighted_sum.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, channels, states, padding;
  float logits = 1;  // their size
};

class WeightedSumTest : public testing::TestWithParam<Case> {};

// All states, one after another.
TEST_P(WeightedSumTest, MatchesReference) {
  const auto [device, rows, channels, states, padding, size] = GetParam();
  const Map<2> empty({rows, channels}, {rows, channels + padding}, {0, 0});
  const std::vector<float> logits = test::random_values(states, 1, size);
  std::vector<Map<2>> x(static_cast<size_t>(states), empty);
  for (int64_t i = 0; i < states; ++i)
    x[i].fill(test::random_values(rows * channels, 2 + static_cast<uint32_t>(i)));
  const std::vector<Map<2>> before = x;
  const auto run = [&](int threads) {
    Map<2> y = empty;
    for (int64_t i = 0; i < states; ++i) {
      WeightedSumArgs args;
      args.x = std::as_const(x[i]).view();
      args.logits = make_view<1>(logits.data(), {states});
      args.index = i;
      args.add = i > 0;
      args.y = y.view();
      weighted_sum(args, test::TestStream(device, threads));
    }
    return y;
  };
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (float l : logits) total += std::exp(l - largest);
  std::vector<double> ref(rows * channels);
  for (int64_t i = 0; i < states; ++i) {
    const std::vector<float> values = x[i].values();
    for (size_t k = 0; k < ref.size(); ++k) ref[k] += std::exp(logits[i] - largest) / total * values[k];
  }
  const Map<2> y = run(2);
  test::expect_close(y.values(), ref, test::tolerance(states, test::magnitude(ref)));
  y.expect_only_view_written();
  for (int threads : test::thread_counts(device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  for (int64_t i = 0; i < states; ++i) EXPECT_TRUE(x[i].same_bits(before[i]));
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, 0, 4, 2, 0});
    all.push_back({device, 1, 1, 1, 0});
    all.push_back({device, 3, 31, 3, 2});
    all.push_back({device, 33, 32, 13, 1});
    all.push_back({device, 5, 300, 2, 0, 1000});
    if (device != Device::executor) all.push_back({device, 250, 1024, 25, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(WeightedSum, WeightedSumTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_c" +
         std::to_string(c.channels) + "_l" + std::to_string(c.states) + "_pad" + std::to_string(c.padding);
});

TEST(WeightedSumErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  WeightedSumArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.logits = make_view<1, const float>(values.data(), {3});
  args.index = 3;
  args.y = make_view<2>(values.data(), {2, 4});
  EXPECT_EQ(
      test::refusal([&] { weighted_sum(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "weighted_sum: index: got 3, wanted one below 3");
}

}  // namespace
}  // namespace serene
