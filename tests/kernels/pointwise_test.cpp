#include "kernels/pointwise/pointwise.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, channels, padding;
  float size = 1;  // of the values
  PointwiseFunction function = PointwiseFunction::tanh;
};

double of(PointwiseFunction function, double x) {
  switch (function) {
    case PointwiseFunction::tanh:
      return std::tanh(x);
    case PointwiseFunction::sigmoid:
      return 1 / (1 + std::exp(-x));
    case PointwiseFunction::clamp:
      return std::clamp(x, -0.5, 0.25);
  }
  return 0;
}

class PointwiseTest : public testing::TestWithParam<Case> {};

TEST_P(PointwiseTest, MatchesReference) {
  const auto [device, rows, channels, padding, size, function] = GetParam();
  const Map<2> empty({rows, channels}, {rows, channels + padding}, {0, 0});
  Map<2> x = empty;
  x.fill(test::random_values(rows * channels, 1, size));
  const Map<2> before = x;
  const auto run = [&, device = device, function = function](int threads) {
    Map<2> y = empty;
    pointwise({std::as_const(x).view(), y.view(), function, -0.5f, 0.25f}, test::TestStream(device, threads));
    return y;
  };
  std::vector<double> ref;
  for (float v : x.values()) ref.push_back(of(function, v));
  const Map<2> y = run(2);
  // The CPU's is off by a rounding of 1.
  test::expect_close(y.values(), ref, test::tolerance(1, 1));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(before));
  for (int threads : test::thread_counts(device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  pointwise({std::as_const(x).view(), x.view(), function, -0.5f, 0.25f}, test::TestStream(device));
  EXPECT_EQ(x.values(), y.values()) << "in place";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, 0, 4, 0});
    all.push_back({device, 1, 1, 0});
    all.push_back({device, 3, 31, 2});
    all.push_back({device, 2, 33, 0, 1000});
    all.push_back({device, 33, 32, 1, 1e-4f});
    for (const PointwiseFunction function : {PointwiseFunction::sigmoid, PointwiseFunction::clamp}) {
      all.push_back({device, 0, 4, 0, 1, function});
      all.push_back({device, 1, 1, 0, 1, function});
      all.push_back({device, 33, 5, 1, 30, function});
      all.push_back({device, 2, 33, 0, 1000, function});
    }
    if (device != Device::executor) all.push_back({device, 8, 1024, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Pointwise, PointwiseTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_c" +
         std::to_string(c.channels) + "_pad" + std::to_string(c.padding) +
         (c.function == PointwiseFunction::tanh      ? ""
          : c.function == PointwiseFunction::sigmoid ? "_sigmoid"
                                                     : "_clamp");
});

TEST(PointwiseErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const PointwiseArgs args{make_view<2, const float>(values.data(), {2, 4}),
                           make_view<2>(values.data(), {2, 3})};
  EXPECT_EQ(
      test::refusal([&] { pointwise(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "pointwise: y: got (2, 3), wanted (2, 4)");
  const PointwiseArgs bounds{make_view<2, const float>(values.data(), {2, 4}),
                             make_view<2>(values.data(), {2, 4}), PointwiseFunction::clamp, 1, 0};
  EXPECT_EQ(
      test::refusal([&] { pointwise(bounds, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "pointwise: low: got something else, wanted no more than high");
}

}  // namespace
}  // namespace serene
