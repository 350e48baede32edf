#include "kernels/max_pool/max_pool.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, mels, channels, border;  // border: frames and mels around x and y
};

class MaxPoolTest : public testing::TestWithParam<Case> {};

TEST_P(MaxPoolTest, MatchesReference) {
  const auto [device, b, t, f, c, border] = GetParam();
  const int64_t ldx = (f + 2 * border) * c, x_plane = (t + 2 * border) * ldx, x_first = border * (ldx + c);
  const int64_t to = t / 2, fo = f / 2;
  const int64_t ldy = (fo + 2 * border) * c, y_plane = (to + 2 * border) * ldy, y_first = border * (ldy + c);
  const std::vector<float> x = test::random_values(b * x_plane, 1), x_before = x;

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer y(count * y_plane);
    MaxPoolArgs args;
    args.x = {x.data() + first * x_plane + x_first, {count, t, f, c}, {x_plane, ldx, c, 1}};
    args.y = {y.data() + y_first, {count, to, fo, c}, {y_plane, ldy, c, 1}};
    max_pool(args, test::TestStream(device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t k = 0; k < to; ++k) {
      for (int64_t j = 0; j < fo; ++j) {
        for (int64_t m = 0; m < c; ++m) {
          double largest = -1e30;
          for (int64_t dt : {0, 1}) {
            for (int64_t df : {0, 1}) {
              const int64_t at = i * x_plane + x_first + (2 * k + dt) * ldx + (2 * j + df) * c + m;
              largest = std::max(largest, double(x[at]));
            }
          }
          ref.push_back(largest);
          out.push_back(y.data()[i * y_plane + y_first + k * ldy + j * c + m]);
        }
      }
    }
  }
  test::expect_close(out, ref, 0);
  EXPECT_EQ(std::count_if(y.data(), y.data() + y.count(), [](float v) { return std::isnan(v); }),
            y.count() - int64_t(ref.size()))
      << "border written";
  EXPECT_EQ(x, x_before);

  for (int threads : {1, 2, 3}) EXPECT_TRUE(y.same_bits(run(threads, 0, b))) << threads << " threads";
  for (int64_t i = 0; i < b; ++i) {
    const GuardedBuffer alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.data(), y.data() + i * y_plane, y_plane * sizeof(float)), 0) << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs seconds for whole maps.
    const int64_t wide_clip = device == Device::executor ? 99 : 498, deep_clip = wide_clip / 4;
    for (auto [b, t, f, c, border] : {std::array<int64_t, 5>{1, 1, 1, 1, 0},
                                      {1, 2, 2, 1, 0},
                                      {0, 6, 80, 3, 0},
                                      {2, 0, 80, 3, 2},
                                      {2, 1, 80, 3, 0},
                                      {2, 4, 4, 0, 0},
                                      {1, 3, 3, 3, 2},
                                      {2, 31, 33, 31, 0},
                                      {3, 32, 32, 32, 2},
                                      {2, 33, 31, 33, 1},
                                      {2, deep_clip, 20, 256, 2},
                                      {1, wide_clip, 80, 64, 0}}) {
      all.push_back({device, b, t, f, c, border});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(MaxPool, MaxPoolTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.mels) + "_c" + std::to_string(c.channels) +
         "_border" + std::to_string(c.border);
});

TEST(MaxPoolEdges, NanComesThrough) {
  for (Device device : test::devices()) {
    for (size_t place = 0; place < 4; ++place) {
      std::vector<float> x{1.0f, 2.0f, 3.0f, 4.0f};
      x[place] = std::numeric_limits<float>::quiet_NaN();
      std::vector<float> y{0};  // on the heap, which a GPU reaches
      MaxPoolArgs args;
      args.x = make_view<4>(x.data(), {1, 2, 2, 1});
      args.y = make_view<4>(y.data(), {1, 1, 1, 1});
      max_pool(args, test::TestStream(device));
      EXPECT_TRUE(std::isnan(y[0])) << place;
    }
  }
}

TEST(MaxPoolErrors, NamesTheArgument) {
  const std::vector<float> values(72, 1.0f);
  std::vector<float> out(72);
  MaxPoolArgs args;
  args.x = make_view<4>(values.data(), {2, 3, 4, 3});
  args.y = make_view<4>(out.data(), {2, 2, 2, 3});
  try {
    max_pool(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "max_pool: y: got (2, 2, 2, 3), wanted (2, 1, 2, 3)");
  }
}

}  // namespace
}  // namespace serene
