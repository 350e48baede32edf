#include "kernels/tanh_rows/tanh_rows.h"

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
};

class TanhRowsTest : public testing::TestWithParam<Case> {};

TEST_P(TanhRowsTest, MatchesReference) {
  const auto [device, rows, channels, padding, size] = GetParam();
  const Map<2> empty({rows, channels}, {rows, channels + padding}, {0, 0});
  Map<2> x = empty;
  x.fill(test::random_values(rows * channels, 1, size));
  const Map<2> before = x;
  const auto run = [&](int threads) {
    Map<2> y = empty;
    tanh_rows({std::as_const(x).view(), y.view()}, test::TestStream(device, threads));
    return y;
  };
  std::vector<double> ref;
  for (float v : x.values()) ref.push_back(std::tanh(double{v}));
  const Map<2> y = run(2);
  // The CPU's is off by a rounding of 1.
  test::expect_close(y.values(), ref, test::tolerance(1, 1));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(before));
  for (int threads : test::thread_counts(device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  tanh_rows({std::as_const(x).view(), x.view()}, test::TestStream(device));
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
    if (device != Device::executor) all.push_back({device, 8, 1024, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(TanhRows, TanhRowsTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_c" +
         std::to_string(c.channels) + "_pad" + std::to_string(c.padding);
});

TEST(TanhRowsErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const TanhRowsArgs args{make_view<2, const float>(values.data(), {2, 4}),
                          make_view<2>(values.data(), {2, 3})};
  EXPECT_EQ(
      test::refusal([&] { tanh_rows(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "tanh_rows: y: got (2, 3), wanted (2, 4)");
}

}  // namespace
}  // namespace serene
