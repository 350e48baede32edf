#include "kernels/batch_norm/batch_norm.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, mels, channels, border;  // border: frames and mels around y that are not y's
};

class BatchNormTest : public testing::TestWithParam<Case> {};

TEST_P(BatchNormTest, MatchesReference) {
  const auto [device, b, t, f, c, border] = GetParam();
  const int64_t ldx = f * c, ldy = (f + 2 * border) * c, plane = (t + 2 * border) * ldy;
  const std::vector<float> x = test::random_values(b * t * ldx, 1), x_before = x;
  const std::vector<float> scale = test::random_values(f, 2), shift = test::random_values(f, 3);

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer y(count * plane);
    BatchNormArgs args;
    args.x = make_view<4>(x.data() + first * t * ldx, {count, t, f, c});
    args.scale = make_view<1>(scale.data(), {f});
    args.shift = make_view<1>(shift.data(), {f});
    args.y = {y.data() + border * (ldy + c), {count, t, f, c}, {plane, ldy, c, 1}};
    batch_norm(args, test::TestStream(device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t k = 0; k < t; ++k) {
      for (int64_t j = 0; j < f; ++j) {
        for (int64_t m = 0; m < c; ++m) {
          ref.push_back(double(x[((i * t + k) * f + j) * c + m]) * scale[j] + shift[j]);
          out.push_back(y.data()[i * plane + (k + border) * ldy + (j + border) * c + m]);
        }
      }
    }
  }
  test::expect_close(out, ref, test::tolerance(1, test::magnitude(ref), 2));
  EXPECT_EQ(std::count_if(y.data(), y.data() + y.count(), [](float v) { return std::isnan(v); }),
            y.count() - int64_t(ref.size()))
      << "border written";
  EXPECT_EQ(x, x_before);

  for (int threads : {1, 2, 3}) EXPECT_TRUE(y.same_bits(run(threads, 0, b))) << threads << " threads";
  for (int64_t i = 0; i < b; ++i) {
    const GuardedBuffer alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.data(), y.data() + i * plane, plane * sizeof(float)), 0) << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs seconds for whole clips.
    const int64_t clip = device == Device::executor ? 98 : 498;
    const int64_t long_clip = device == Device::executor ? 601 : 3001;
    for (auto [b, t, f, c, border] : {std::array<int64_t, 5>{1, 1, 1, 1, 0},
                                      {0, 5, 80, 3, 0},
                                      {2, 0, 80, 3, 2},
                                      {2, 3, 80, 0, 0},
                                      {1, 3, 3, 3, 2},
                                      {2, 31, 33, 1, 0},
                                      {3, 32, 32, 3, 2},
                                      {2, 33, 31, 5, 1},
                                      {4, clip, 80, 3, 2},
                                      {1, long_clip, 80, 1, 0}}) {
      all.push_back({device, b, t, f, c, border});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(BatchNorm, BatchNormTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.mels) + "_c" + std::to_string(c.channels) +
         "_border" + std::to_string(c.border);
});

TEST(BatchNormEdges, InPlace) {
  for (Device device : test::devices()) {
    std::vector<float> x = test::random_values(2 * 40 * 5 * 3, 1), y(x.size());
    const std::vector<float> scale = test::random_values(5, 2), shift = test::random_values(5, 3);
    BatchNormArgs args;
    args.x = make_view<4>(x.data(), {2, 40, 5, 3});
    args.scale = make_view<1>(scale.data(), {5});
    args.shift = make_view<1>(shift.data(), {5});
    for (float* to : {y.data(), x.data()}) {
      args.y = make_view<4>(to, {2, 40, 5, 3});
      batch_norm(args, test::TestStream(device));
    }
    EXPECT_EQ(x, y);
  }
}

TEST(BatchNormErrors, NamesTheArgument) {
  const std::vector<float> values(72, 1.0f);
  std::vector<float> out(72);
  BatchNormArgs args;
  args.x = make_view<4>(values.data(), {2, 3, 4, 3});
  args.scale = make_view<1>(values.data(), {4});
  args.shift = make_view<1>(values.data(), {3});
  args.y = make_view<4>(out.data(), {2, 3, 4, 3});
  try {
    batch_norm(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "batch_norm: shift: got (3), wanted (4)");
  }
}

}  // namespace
}  // namespace serene
