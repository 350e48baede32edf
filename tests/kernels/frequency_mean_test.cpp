#include "kernels/frequency_mean/frequency_mean.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins, channels, border;  // border: frames and bins around x, channels after y
};

class FrequencyMeanTest : public testing::TestWithParam<Case> {};

TEST_P(FrequencyMeanTest, MatchesReference) {
  const auto [device, b, t, f, c, border] = GetParam();
  const int64_t ldx = (f + 2 * border) * c, plane = (t + 2 * border) * ldx, x_first = border * (ldx + c);
  const int64_t ldy = c + border;
  const std::vector<float> x = test::random_values(b * plane, 1), x_before = x;

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer y(count * t * ldy);
    FrequencyMeanArgs args;
    args.x = {x.data() + first * plane + x_first, {count, t, f, c}, {plane, ldx, c, 1}};
    args.y = {y.data(), {count, t, c}, {t * ldy, ldy, 1}};
    frequency_mean(args, test::TestStream(device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t k = 0; k < t; ++k) {
      for (int64_t m = 0; m < c; ++m) {
        double sum = 0;
        for (int64_t j = 0; j < f; ++j) sum += x[i * plane + x_first + k * ldx + j * c + m];
        ref.push_back(sum / double(f));
        out.push_back(y.data()[(i * t + k) * ldy + m]);
      }
    }
  }
  test::expect_close(out, ref, test::tolerance(1, test::magnitude(ref)));
  EXPECT_EQ(std::count_if(y.data(), y.data() + y.count(), [](float v) { return std::isnan(v); }),
            y.count() - int64_t(ref.size()))
      << "padding written";
  EXPECT_EQ(x, x_before);

  for (int threads : {1, 2, 3}) EXPECT_TRUE(y.same_bits(run(threads, 0, b))) << threads << " threads";
  for (int64_t i = 0; i < b; ++i) {
    const GuardedBuffer alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.data(), y.data() + i * t * ldy, t * ldy * sizeof(float)), 0) << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (auto [b, t, f, c, border] : {std::array<int64_t, 5>{1, 1, 1, 1, 0},
                                      {0, 5, 5, 512, 0},
                                      {2, 0, 5, 512, 0},
                                      {2, 3, 5, 0, 0},
                                      {1, 3, 3, 3, 2},
                                      {2, 31, 33, 31, 0},
                                      {3, 32, 32, 32, 2},
                                      {2, 33, 31, 65, 1},
                                      {4, 31, 5, 512, 0},
                                      {1, 497, 5, 256, 2}}) {
      all.push_back({device, b, t, f, c, border});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(FrequencyMean, FrequencyMeanTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_c" +
                                  std::to_string(c.channels) + "_border" + std::to_string(c.border);
                         });

TEST(FrequencyMeanErrors, NamesTheArgument) {
  const std::vector<float> values(72, 1.0f);
  std::vector<float> out(72);
  FrequencyMeanArgs args;
  args.x = make_view<4>(values.data(), {2, 3, 4, 3});
  args.y = make_view<3>(out.data(), {2, 3, 4});
  const auto message = [&] {
    try {
      frequency_mean(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "frequency_mean: y: got (2, 3, 4), wanted (2, 3, 3)");
  args.x.shape[2] = 0;
  EXPECT_EQ(message(), "frequency_mean: x: got something else, wanted at least one bin");
}

}  // namespace
}  // namespace serene
