#include "kernels/rms_normalize/rms_normalize.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, n, padded, gap;  // gap: unused floats between rows
};

class RmsNormalizeTest : public testing::TestWithParam<Case> {};

TEST_P(RmsNormalizeTest, MatchesReference) {
  const Case& c = GetParam();
  const int64_t batch = c.batch, n = c.n, padded = c.padded, gap = c.gap;
  const std::vector<float> x = test::random_values(test::gappy_size<2>({batch, n}, gap), 1, 0.1f);
  const std::vector<float> x_before = x;
  GuardedBuffer gain(batch);
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    GuardedBuffer y(test::gappy_size<2>({count, padded}, gap)), gains(2 * count);
    RmsNormalizeArgs args;
    args.x = test::gappy_view<2>(x.data() + first * (n + gap), {count, n}, gap);
    args.y = test::gappy_view<2>(y.data(), {count, padded}, gap);
    args.gain = {gains.data(), {count}, {2}};
    rms_normalize(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    gains.expect_bands_untouched();
    EXPECT_EQ(test::written(gains), count);
    for (int64_t b = 0; b < count; ++b) gain.data()[first + b] = gains.data()[2 * b];
    return y;
  };
  const GuardedBuffer y = compute(0, batch, 2);
  EXPECT_EQ(x, x_before);

  std::vector<double> gain_ref, ref;
  for (int64_t b = 0; b < batch; ++b) {
    const float* clip = x.data() + b * (n + gap);
    double energy = 0;
    for (int64_t i = 0; i < n; ++i) energy += double(clip[i]) * clip[i];
    gain_ref.push_back(std::sqrt(static_cast<double>(n) / energy));
    for (int64_t i = 0; i < padded; ++i) ref.push_back(gain_ref.back() * clip[i % n]);
  }
  const auto out = test::gappy_view<2>(y.data(), {batch, padded}, gap);
  test::expect_close(test::gather(out), ref, test::tolerance(1, test::magnitude(ref), 2));
  EXPECT_EQ(test::written(y), batch * padded);
  test::expect_close({gain.data(), size_t(batch)}, gain_ref, test::tolerance(1, test::magnitude(gain_ref)));
  test::expect_bits_of_the_clip_alone(y, batch, padded + gap, compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (auto [b, n, padded, gap] : {std::array<int64_t, 4>{0, 8, 8, 0},
                                     {1, 1, 1, 0},
                                     {2, 1, 200, 0},
                                     {3, 3, 200, 5},
                                     {1, 101, 200, 0},
                                     {3, 31, 32, 1},
                                     {3, 32, 32, 0},
                                     {3, 33, 100, 0},
                                     {2, 80000, 80100, 3}}) {
      all.push_back({device, b, n, padded, gap});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(RmsNormalize, RmsNormalizeTest, testing::ValuesIn(cases()), [](const auto& tested) {
  return std::string(device_name(tested.param.device)) + "_b" + std::to_string(tested.param.batch) + "_n" +
         std::to_string(tested.param.n) + "_p" + std::to_string(tested.param.padded) + "_gap" +
         std::to_string(tested.param.gap);
});

TEST(RmsNormalize, LeavesSilenceSilent) {
  const std::vector<float> x(100, 0.0f);
  for (Device device : test::devices()) {
    GuardedBuffer y(200), gain(1);
    RmsNormalizeArgs args;
    args.x = make_view<2>(x.data(), {1, 100});
    args.y = make_view<2>(y.data(), {1, 200});
    args.gain = make_view<1>(gain.data(), {1});
    rms_normalize(args, test::TestStream(device));
    EXPECT_EQ(gain.data()[0], 1.0f) << device_name(device);
    for (int64_t i = 0; i < 200; ++i) ASSERT_EQ(y.data()[i], 0.0f) << device_name(device);
  }
}

// The largest gain is given, one beyond it is not.
TEST(RmsNormalize, CountsWhatIsNearlySilentAsSilent) {
  const std::vector<float> levels{1e-11f, 9e-13f, 1e-40f}, gains{1e11f, 1.0f, 1.0f};
  for (Device device : test::devices()) {
    for (size_t i = 0; i < levels.size(); ++i) {
      const std::vector<float> x(100, levels[i]);
      GuardedBuffer y(100), gain(1);
      RmsNormalizeArgs args;
      args.x = make_view<2>(x.data(), {1, 100});
      args.y = make_view<2>(y.data(), {1, 100});
      args.gain = make_view<1>(gain.data(), {1});
      rms_normalize(args, test::TestStream(device));
      EXPECT_FLOAT_EQ(gain.data()[0], gains[i]) << device_name(device);
      EXPECT_FLOAT_EQ(y.data()[99], gains[i] * levels[i]) << device_name(device);
    }
  }
}

TEST(RmsNormalizeErrors, NamesTheArgument) {
  const std::vector<float> x(8, 1.0f);
  std::vector<float> y(8), gain(1);
  RmsNormalizeArgs args;
  args.x = make_view<2>(x.data(), {1, 8});
  args.y = make_view<2>(y.data(), {1, 7});
  args.gain = make_view<1>(gain.data(), {1});
  try {
    rms_normalize(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "rms_normalize: y: got something else, wanted no shorter than x");
  }
}

}  // namespace
}  // namespace serene
