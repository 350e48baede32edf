#include "kernels/deltas/deltas.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, mels, border;  // border: frames and mels around y that are not y's
};

class DeltasTest : public testing::TestWithParam<Case> {};

// s (T, F) -> (T, F)
std::vector<double> difference(const std::vector<double>& s, int64_t t, int64_t f) {
  std::vector<double> out;
  const auto at = [&](int64_t k, int64_t j) { return s[std::clamp<int64_t>(k, 0, t - 1) * f + j]; };
  for (int64_t k = 0; k < t; ++k) {
    for (int64_t j = 0; j < f; ++j) {
      double numerator = 0, denominator = 0;
      for (int64_t n = 1; n <= 2; ++n) {
        numerator += double(n) * (at(k + n, j) - at(k - n, j));
        denominator += 2.0 * double(n * n);
      }
      out.push_back(numerator / denominator);
    }
  }
  return out;
}

TEST_P(DeltasTest, MatchesReference) {
  const auto [device, b, t, f, border] = GetParam();
  const int64_t ldx = f + border, ldy = (f + 2 * border) * 3, plane = (t + 2 * border) * ldy;
  const std::vector<float> x = test::random_values(b * t * ldx, 1, 5.0f), x_before = x;

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer y(count * plane);
    DeltasArgs args;
    args.x = {x.data() + first * t * ldx, {count, t, f}, {t * ldx, ldx, 1}};
    args.y = {y.data() + border * (ldy + 3), {count, t, f, 3}, {plane, ldy, 3, 1}};
    deltas(args, test::TestStream(device, threads));
    y.expect_bands_untouched();
    return y;
  };
  const GuardedBuffer y = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    std::vector<double> s;
    for (int64_t k = 0; k < t; ++k) {
      for (int64_t j = 0; j < f; ++j) s.push_back(x[(i * t + k) * ldx + j]);
    }
    const std::vector<double> d = difference(s, t, f), dd = difference(d, t, f);
    for (int64_t k = 0; k < t; ++k) {
      for (int64_t j = 0; j < f; ++j) {
        const int64_t from = k * f + j, to = i * plane + (k + border) * ldy + (j + border) * 3;
        ref.insert(ref.end(), {s[from], d[from], dd[from]});
        out.insert(out.end(), {y.data()[to], y.data()[to + 1], y.data()[to + 2]});
        EXPECT_EQ(y.data()[to], x[(i * t + k) * ldx + j]);
      }
    }
  }
  test::expect_close(out, ref, test::tolerance(4, test::magnitude(ref), 2));
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
    for (auto [b, t, f, border] : {std::array<int64_t, 4>{1, 1, 1, 0},
                                   {0, 5, 80, 0},
                                   {2, 0, 80, 0},
                                   {2, 3, 0, 0},
                                   {1, 2, 3, 0},
                                   {1, 3, 3, 2},
                                   {2, 4, 1, 0},
                                   {2, 5, 200, 1},
                                   {2, 31, 33, 0},
                                   {3, 32, 32, 2},
                                   {2, 33, 31, 1},
                                   {4, clip, 80, 0},
                                   {1, long_clip, 80, 2}}) {
      all.push_back({device, b, t, f, border});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Deltas, DeltasTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.mels) + "_border" + std::to_string(c.border);
});

TEST(DeltasErrors, NamesTheArgument) {
  const std::vector<float> values(24, 1.0f);
  std::vector<float> out(72);
  DeltasArgs args;
  args.x = make_view<3>(values.data(), {2, 3, 4});
  args.y = make_view<4>(out.data(), {2, 3, 4, 2});
  try {
    deltas(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "deltas: y: got (2, 3, 4, 2), wanted (2, 3, 4, 3)");
  }
}

}  // namespace
}  // namespace serene
