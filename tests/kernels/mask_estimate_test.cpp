#include "kernels/mask_estimate/mask_estimate.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins, channels;  // channels: of the map that noisy is the last two of
};

class MaskEstimateTest : public testing::TestWithParam<Case> {};

TEST_P(MaskEstimateTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, points = c.frames * c.bins;
  const std::vector<float> mask = test::random_values(batch * points, 1);
  const std::vector<float> map = test::random_values(batch * points * c.channels, 2);
  const std::vector<float> residual = test::random_values(batch * points * 2, 3);
  const std::vector<float> mask_before = mask, map_before = map, residual_before = residual;
  const auto compute = [&](int64_t first, int64_t count, int threads, bool in_place) {
    GuardedBuffer y(count * points * 2);
    const float* r = residual.data() + first * points * 2;
    if (in_place) std::copy_n(r, count * points * 2, y.data());
    MaskEstimateArgs args;
    args.mask = make_view<3>(mask.data() + first * points, {count, c.frames, c.bins});
    args.noisy = {map.data() + first * points * c.channels + c.channels - 2,
                  {count, c.frames, c.bins, 2},
                  {points * c.channels, c.bins * c.channels, c.channels, 1}};
    args.residual = make_view<4>(in_place ? y.data() : r, {count, c.frames, c.bins, 2});
    args.y = make_view<4>(y.data(), {count, c.frames, c.bins, 2});
    mask_estimate(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2, false);
  EXPECT_EQ(mask, mask_before);
  EXPECT_EQ(map, map_before);
  EXPECT_EQ(residual, residual_before);

  std::vector<double> ref;
  for (int64_t i = 0; i < batch * points; ++i) {
    for (int64_t part = 0; part < 2; ++part)
      ref.push_back(double(mask[i]) * map[(i + 1) * c.channels - 2 + part] + residual[2 * i + part]);
  }
  test::expect_close({y.data(), size_t(y.count())}, ref, test::tolerance(1, test::magnitude(ref), 2));
  EXPECT_TRUE(compute(0, batch, 2, true).same_bits(y)) << "in place";
  test::expect_bits_of_the_clip_alone(y, batch, points * 2, [&](int64_t first, int64_t count, int threads) {
    return compute(first, count, threads, false);
  });
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an element.
    const int64_t many = device == Device::executor ? 81 : 801;
    for (auto [b, t, f, channels] : {std::array<int64_t, 4>{0, 3, 5, 2},
                                     {1, 0, 5, 2},
                                     {1, 1, 1, 2},
                                     {3, 3, 31, 3},
                                     {2, 3, 32, 2},
                                     {2, 5, 33, 5},
                                     {2, many, 201, 3}}) {
      all.push_back({device, b, t, f, channels});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(MaskEstimate, MaskEstimateTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_of" + std::to_string(c.channels);
});

TEST(MaskEstimateErrors, NamesTheArgument) {
  const std::vector<float> x(24, 1.0f);
  std::vector<float> y(24);
  MaskEstimateArgs args;
  args.mask = make_view<3>(x.data(), {1, 3, 4});
  args.noisy = make_view<4>(x.data(), {1, 4, 3, 2});
  args.residual = make_view<4>(x.data(), {1, 3, 4, 2});
  args.y = make_view<4>(y.data(), {1, 3, 4, 2});
  try {
    mask_estimate(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "mask_estimate: noisy: got (1, 4, 3, 2), wanted (1, 3, 4, 2)");
  }
}

}  // namespace
}  // namespace serene
