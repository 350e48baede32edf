#include "kernels/copy/copy.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"
#include "tests/support/spectral.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, bins, channels, gap_x, gap_y;  // gaps: unused floats after each row
};

class CopyTest : public testing::TestWithParam<Case> {};

TEST_P(CopyTest, MatchesReference) {
  const Case& c = GetParam();
  const std::array<int64_t, 4> shape{c.batch, c.frames, c.bins, c.channels};
  const std::vector<float> x = test::random_values(test::gappy_size<4>(shape, c.gap_x), 1), x_before = x;
  const auto from = test::gappy_view<4>(x.data(), shape, c.gap_x);
  const auto compute = [&](int64_t first, int64_t count, int threads) {
    const std::array<int64_t, 4> part{count, c.frames, c.bins, c.channels};
    GuardedBuffer y(test::gappy_size<4>(part, c.gap_y));
    CopyArgs args;
    args.x = test::gappy_view<4>(x.data() + first * from.stride[0], part, c.gap_x);
    args.y = test::gappy_view<4>(y.data(), part, c.gap_y);
    copy(args, test::TestStream(c.device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = compute(0, c.batch, 2);
  EXPECT_EQ(x, x_before);
  const auto out = test::gappy_view<4>(y.data(), shape, c.gap_y);
  EXPECT_EQ(test::gather(out), test::gather(from));
  EXPECT_EQ(test::written(y), out.numel());
  test::expect_bits_of_the_clip_alone(y, c.batch, out.stride[0], compute);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor takes a microsecond an element.
    const int64_t many = device == Device::executor ? 8 : 100;
    for (auto [b, t, f, channels, gap_x, gap_y] : {std::array<int64_t, 6>{0, 3, 5, 2, 0, 0},
                                                   {1, 0, 5, 2, 0, 0},
                                                   {1, 3, 0, 2, 0, 0},
                                                   {1, 3, 5, 0, 0, 0},
                                                   {1, 1, 1, 1, 0, 0},
                                                   {3, 3, 31, 3, 0, 64},
                                                   {2, 3, 32, 32, 1, 0},
                                                   {2, 5, 33, 31, 4, 7},
                                                   {2, 3, 32, 64, 4, 0},
                                                   {2, many, 201, 64, 0, 192}}) {
      all.push_back({device, b, t, f, channels, gap_x, gap_y});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Copy, CopyTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_c" + std::to_string(c.channels) +
         "_gaps" + std::to_string(c.gap_x) + "_" + std::to_string(c.gap_y);
});

TEST(CopyErrors, NamesTheArgument) {
  const std::vector<float> x(24, 1.0f);
  std::vector<float> y(24);
  CopyArgs args;
  args.x = make_view<4>(x.data(), {1, 3, 4, 2});
  args.y = make_view<4>(y.data(), {1, 4, 3, 2});
  try {
    copy(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "copy: y: got (1, 4, 3, 2), wanted (1, 3, 4, 2)");
  }
}

}  // namespace
}  // namespace serene
