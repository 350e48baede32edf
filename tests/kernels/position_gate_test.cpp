#include "kernels/position_gate/position_gate.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/reference.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, heads, inputs, padding;
};

class PositionGateTest : public testing::TestWithParam<Case> {};

TEST_P(PositionGateTest, MatchesReference) {
  const auto [device, rows, heads, inputs, padding] = GetParam();
  const int64_t width = heads * inputs;
  const std::vector<float> weight = test::random_values(2 * inputs, 1), bias = test::random_values(2, 2),
                           scale = test::random_values(heads, 3);
  Map<2> x({rows, width}, {rows, width + padding}, {0, 0});
  x.fill(test::random_values(rows * width, 4));
  const Map<2> before = x;
  const std::vector<float> values = x.values();
  const auto run = [&](int threads) {
    Map<2> y({rows, heads}, {rows, heads + padding}, {0, 0});
    PositionGateArgs args;
    args.x = std::as_const(x).view();
    args.weight = make_view<2>(weight.data(), {2, inputs});
    args.bias = make_view<1>(bias.data(), {2});
    args.scale = make_view<1>(scale.data(), {heads});
    args.y = y.view();
    position_gate(args, test::TestStream(device, threads));
    return y;
  };
  std::vector<double> ref;
  double largest = 0;  // of the sigmoids' arguments: their slope is at most 1/4
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t h = 0; h < heads; ++h) {
      double u[2] = {bias[0], bias[1]};
      for (int k = 0; k < 2; ++k) {
        for (int64_t i = 0; i < inputs; ++i) {
          const double term = double{weight[k * inputs + i]} * values[r * width + h * inputs + i];
          u[k] += term;
          largest = std::max(largest, std::abs(term));
        }
      }
      ref.push_back(test::sigmoid(u[0]) * (test::sigmoid(u[1]) * scale[h] - 1) + 2);
    }
  }
  const Map<2> y = run(2);
  test::expect_close(y.values(), ref, test::tolerance(inputs, std::max(largest, test::magnitude(ref)), 2));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(before));
  for (int threads : test::thread_counts(device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, 0, 2, 8, 0});
    all.push_back({device, 1, 1, 1, 0});
    all.push_back({device, 3, 3, 31, 2});
    all.push_back({device, 33, 2, 32, 1});
    if (device != Device::executor) all.push_back({device, 250, 16, 64, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(PositionGate, PositionGateTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_h" + std::to_string(c.heads) +
         "_d" + std::to_string(c.inputs) + "_pad" + std::to_string(c.padding);
});

TEST(PositionGateErrors, NamesTheArgument) {
  std::vector<float> values(32, 1.0f);
  PositionGateArgs args;
  args.x = make_view<2>(values.data(), {2, 7});
  args.weight = make_view<2>(values.data(), {2, 4});
  args.bias = make_view<1>(values.data(), {2});
  args.scale = make_view<1>(values.data(), {2});
  args.y = make_view<2>(values.data(), {2, 2});
  EXPECT_EQ(
      test::refusal([&] { position_gate(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "position_gate: x: got (2, 7), wanted (any, 8)");
}

}  // namespace
}  // namespace serene
