#include "kernels/zero_border/zero_border.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins, channels, gap;  // gap: unused floats after each row
  int64_t before_t, after_t, before_f, after_f;
};

class ZeroBorderTest : public testing::TestWithParam<Case> {};

TEST_P(ZeroBorderTest, MatchesReference) {
  const Case& c = GetParam();
  const auto compute = [&](int64_t, int64_t count, int threads) {
    const std::array<int64_t, 4> part{count, c.frames, c.bins, c.channels};
    GuardedBuffer y(test::gappy_size<4>(part, c.gap));
    ZeroBorderArgs args;
    args.y = test::gappy_view<4>(y.data(), part, c.gap);
    args.before_t = c.before_t;
    args.after_t = c.after_t;
    args.before_f = c.before_f;
    args.after_f = c.after_f;
    zero_border(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, c.batch, 2);

  // Zero in the border; the NaN that it began with, everywhere else.
  const auto map = test::gappy_view<4>(y.data(), {c.batch, c.frames, c.bins, c.channels}, c.gap);
  int64_t zeros = 0;
  for (int64_t b = 0; b < c.batch; ++b) {
    for (int64_t t = 0; t < c.frames; ++t) {
      for (int64_t f = 0; f < c.bins; ++f) {
        const bool inside =
            c.before_t <= t && t < c.frames - c.after_t && c.before_f <= f && f < c.bins - c.after_f;
        for (int64_t i = 0; i < c.channels; ++i) {
          const float value = map[b][t][f].data[i];
          ASSERT_TRUE(inside ? std::isnan(value) : value == 0 && !std::signbit(value))
              << "(" << b << ", " << t << ", " << f << ", " << i << ") is " << value;
          zeros += !inside;
        }
      }
    }
  }
  EXPECT_EQ(test::written(y), zeros);
  test::expect_bits_of_the_clip_alone(y, c.batch, map.stride[0], compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (auto [b, t, f, channels, gap, bt, at, bf, af] : {std::array<int64_t, 9>{0, 3, 5, 2, 0, 1, 1, 1, 1},
                                                          {1, 0, 5, 2, 0, 0, 0, 1, 1},
                                                          {1, 1, 1, 1, 0, 0, 0, 0, 0},
                                                          {1, 1, 1, 1, 0, 1, 0, 0, 1},
                                                          {2, 3, 3, 3, 1, 1, 1, 1, 1},
                                                          {2, 3, 31, 32, 0, 2, 1, 0, 0},
                                                          {2, 3, 32, 31, 5, 0, 0, 20, 12},
                                                          {3, 9, 33, 33, 64, 8, 0, 1, 2},
                                                          {2, 100, 203, 64, 0, 8, 0, 1, 1}}) {
      all.push_back({device, b, t, f, channels, gap, bt, at, bf, af});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(ZeroBorder, ZeroBorderTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_c" + std::to_string(c.channels) +
         "_gap" + std::to_string(c.gap) + "_border" + std::to_string(c.before_t) + "_" +
         std::to_string(c.after_t) + "_" + std::to_string(c.before_f) + "_" + std::to_string(c.after_f);
});

TEST(ZeroBorderErrors, NamesTheArgument) {
  std::vector<float> y(24);
  ZeroBorderArgs args;
  args.y = make_view<4>(y.data(), {1, 3, 4, 2});
  const auto message = [&]() -> std::string {
    try {
      zero_border(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return error.what();
    }
    return "";
  };
  args.before_f = 3;
  args.after_f = 2;
  EXPECT_EQ(message(), "zero_border: border: got something else, wanted no wider than the map");
  args.after_f = -1;
  EXPECT_EQ(message(), "zero_border: border: got something else, wanted no negative widths");
}

}  // namespace
}  // namespace serene
