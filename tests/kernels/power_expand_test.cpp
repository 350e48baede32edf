#include "kernels/power_expand/power_expand.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins;
};

class PowerExpandTest : public testing::TestWithParam<Case> {};

TEST_P(PowerExpandTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, clip = c.frames * c.bins * 2;
  std::vector<float> x = test::random_values(batch * clip, 1);
  const std::vector<float> scales{1.0f, 1e-8f, 1e-30f, 1e9f, 0.0f, -0.0f};
  for (size_t i = 0; i < x.size(); ++i) x[i] *= scales[i / 2 % scales.size()];
  const std::vector<float> x_before = x;
  const double exponent = 0.3;
  const auto compute = [&](int64_t first, int64_t count, int threads, bool in_place) {
    GuardedBuffer y(count * clip);
    if (in_place) std::copy_n(x.data() + first * clip, count * clip, y.data());
    PowerExpandArgs args;
    args.x = make_view<4>(in_place ? y.data() : x.data() + first * clip, {count, c.frames, c.bins, 2});
    args.exponent = exponent;
    args.y = make_view<4>(y.data(), {count, c.frames, c.bins, 2});
    power_expand(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2, false);
  EXPECT_EQ(x, x_before);

  std::vector<double> ref, sizes;
  for (size_t i = 0; i < x.size(); i += 2) {
    const std::complex<double> z(x[i], x[i + 1]);
    const double expanded = std::pow(std::abs(z), 1 / exponent);
    ref.insert(ref.end(), {expanded * std::cos(std::arg(z)), expanded * std::sin(std::arg(z))});
    sizes.insert(sizes.end(), 2, expanded);
  }
  test::expect_each_close({y.data(), size_t(y.count())}, ref, sizes, 1);
  EXPECT_TRUE(compute(0, batch, 2, true).same_bits(y)) << "in place";
  test::expect_bits_of_the_clip_alone(y, batch, clip, [&](int64_t first, int64_t count, int threads) {
    return compute(first, count, threads, false);
  });
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an element.
    const int64_t many = device == Device::executor ? 81 : 801;
    for (auto [b, t, f] : {std::array<int64_t, 3>{0, 3, 5},
                           {1, 0, 5},
                           {1, 1, 1},
                           {3, 3, 31},
                           {2, 3, 32},
                           {2, 5, 33},
                           {2, many, 201}}) {
      all.push_back({device, b, t, f});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(PowerExpand, PowerExpandTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.bins);
});

TEST(PowerExpandErrors, NamesTheArgument) {
  const std::vector<float> x(24, 1.0f);
  std::vector<float> y(24);
  PowerExpandArgs args;
  args.x = make_view<4>(x.data(), {1, 3, 4, 2});
  args.y = make_view<4>(y.data(), {1, 3, 4, 2});
  args.exponent = 0;
  try {
    power_expand(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "power_expand: exponent: got something else, wanted positive");
  }
}

}  // namespace
}  // namespace serene
