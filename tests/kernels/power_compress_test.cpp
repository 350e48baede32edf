#include "kernels/power_compress/power_compress.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins, gap;  // gap: unused floats between outputs
};

class PowerCompressTest : public testing::TestWithParam<Case> {};

TEST_P(PowerCompressTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, clip = c.frames * c.bins * 2;
  std::vector<float> x = test::random_values(batch * clip, 1);
  // From the smallest to the largest that a float holds.
  const std::vector<float> scales{1.0f, 1e-38f, 1e-42f, 1e30f, 0.0f, -0.0f, 1e-6f};
  for (size_t i = 0; i < x.size(); ++i) x[i] *= scales[i / 2 % scales.size()];
  const std::vector<float> x_before = x;
  const double exponent = 0.3;
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    GuardedBuffer y(test::gappy_size<4>({count, c.frames, c.bins, 3}, c.gap));
    PowerCompressArgs args;
    args.x = make_view<4>(x.data() + first * clip, {count, c.frames, c.bins, 2});
    args.exponent = exponent;
    args.y = test::gappy_view<4>(y.data(), {count, c.frames, c.bins, 3}, c.gap);
    power_compress(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2);
  EXPECT_EQ(x, x_before);

  std::vector<double> ref, sizes;
  for (size_t i = 0; i < x.size(); i += 2) {
    const std::complex<double> z(x[i], x[i + 1]);
    const double compressed = std::pow(std::abs(z), exponent);
    ref.insert(ref.end(),
               {compressed, compressed * std::cos(std::arg(z)), compressed * std::sin(std::arg(z))});
    sizes.insert(sizes.end(), 3, compressed);
  }
  const auto out = test::gappy_view<4>(y.data(), {batch, c.frames, c.bins, 3}, c.gap);
  test::expect_each_close(test::gather(out), ref, sizes, 1);
  EXPECT_EQ(test::written(y), out.numel());
  test::expect_bits_of_the_clip_alone(y, batch, out.stride[0], compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an element.
    const int64_t many = device == Device::executor ? 81 : 801;
    for (auto [b, t, f, gap] : {std::array<int64_t, 4>{0, 3, 5, 0},
                                {1, 0, 5, 0},
                                {1, 1, 1, 0},
                                {3, 3, 31, 0},
                                {2, 3, 32, 1},
                                {2, 5, 33, 4},
                                {2, many, 201, 0}}) {
      all.push_back({device, b, t, f, gap});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(PowerCompress, PowerCompressTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_gap" +
                                  std::to_string(c.gap);
                         });

TEST(PowerCompress, TakesZeroToZero) {
  const std::vector<float> x{0.0f, -0.0f};
  GuardedBuffer y(3);
  PowerCompressArgs args;
  args.x = make_view<4>(x.data(), {1, 1, 1, 2});
  args.y = make_view<4>(y.data(), {1, 1, 1, 3});
  for (Device device : test::devices()) {
    std::fill_n(y.data(), 3, 1.0f);
    power_compress(args, test::TestStream(device));
    for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(y.data()[i], 0.0f) << device_name(device);
  }
}

TEST(PowerCompressErrors, NamesTheArgument) {
  const std::vector<float> x(24, 1.0f);
  std::vector<float> y(24);
  PowerCompressArgs args;
  args.x = make_view<4>(x.data(), {1, 3, 4, 2});
  args.y = make_view<4>(y.data(), {1, 3, 4, 2});
  try {
    power_compress(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "power_compress: y: got (1, 3, 4, 2), wanted (1, 3, 4, 3)");
  }
}

}  // namespace
}  // namespace serene
