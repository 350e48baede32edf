#include "kernels/hardtanh_blend/hardtanh_blend.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, mels, padding;  // padding: unused floats at the end of each row of x and y
};

class HardtanhBlendTest : public testing::TestWithParam<Case> {};

TEST_P(HardtanhBlendTest, MatchesReference) {
  const auto [device, b, t, f, padding] = GetParam();
  const int64_t ld = f + padding;
  const std::vector<float> x = test::random_values(b * t * ld, 1), e = test::random_values(b * t * f, 2);
  const std::vector<float> d = test::random_values(b * f, 3);
  // Sums of f terms with a deviation of 0.3 around 0.5: some of them are clamped.
  const float deviation = 0.3f / std::sqrt(static_cast<float>(std::max<int64_t>(f, 1)));
  const std::vector<float> w = test::random_values(f, 4, deviation);
  const float bias = 0.5f;
  const std::vector<float> x_before = x, e_before = e, d_before = d, w_before = w;

  struct Result {
    GuardedBuffer c, y;
  };
  const auto run = [&](int threads, int64_t first, int64_t count) {
    Result result{GuardedBuffer(count), GuardedBuffer(count * t * ld)};
    HardtanhBlendArgs args;
    args.similarity = make_view<2>(d.data() + first * f, {count, f});
    args.weight = make_view<1>(w.data(), {f});
    args.bias = bias;
    args.x = {x.data() + first * t * ld, {count, t, f}, {t * ld, ld, 1}};
    args.e = make_view<3>(e.data() + first * t * f, {count, t, f});
    args.coefficient = make_view<1>(result.c.data(), {count});
    args.y = {result.y.data(), {count, t, f}, {t * ld, ld, 1}};
    hardtanh_blend(args, test::TestStream(device, threads));
    result.c.expect_bands_untouched();
    result.y.expect_bands_untouched();
    return result;
  };
  const Result result = run(2, 0, b);

  std::vector<double> c_ref, y_ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    double sum = bias;
    for (int64_t j = 0; j < f; ++j) sum += double(w[j]) * d[i * f + j];
    const double c = std::min(std::max(sum, 0.0), 1.0);
    c_ref.push_back(c);
    for (int64_t k = i * t; k < (i + 1) * t; ++k) {
      for (int64_t j = 0; j < f; ++j) {
        y_ref.push_back(c * x[k * ld + j] + (1 - c) * e[k * f + j]);
        out.push_back(result.y.data()[k * ld + j]);
      }
      for (int64_t j = f; j < ld; ++j) EXPECT_TRUE(std::isnan(result.y.data()[k * ld + j]));
    }
  }
  test::expect_close({result.c.data(), size_t(b)}, c_ref, test::tolerance(1, 1));
  test::expect_close(out, y_ref, test::tolerance(1, test::magnitude(y_ref), 3));
  EXPECT_EQ(x, x_before);
  EXPECT_EQ(e, e_before);
  EXPECT_EQ(d, d_before);
  EXPECT_EQ(w, w_before);

  for (int threads : {1, 2, 3}) {
    const Result again = run(threads, 0, b);
    EXPECT_TRUE(result.c.same_bits(again.c) && result.y.same_bits(again.y)) << threads << " threads";
  }
  for (int64_t i = 0; i < b; ++i) {
    const Result alone = run(2, i, 1);
    EXPECT_EQ(alone.c.data()[0], result.c.data()[i]) << "clip " << i;
    EXPECT_EQ(std::memcmp(alone.y.data(), result.y.data() + i * t * ld, t * ld * sizeof(float)), 0)
        << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs seconds for whole clips.
    const int64_t clip = device == Device::executor ? 98 : 498;
    const int64_t long_clip = device == Device::executor ? 601 : 3001;
    for (auto [b, t, f, padding] : {std::array<int64_t, 4>{1, 1, 1, 0},
                                    {0, 5, 80, 0},
                                    {2, 0, 80, 0},
                                    {2, 3, 0, 0},
                                    {1, 3, 3, 2},
                                    {8, 31, 33, 0},
                                    {3, 32, 32, 5},
                                    {2, 65, 31, 1},
                                    {4, clip, 80, 0},
                                    {1, long_clip, 80, 3}}) {
      all.push_back({device, b, t, f, padding});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(HardtanhBlend, HardtanhBlendTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_f" + std::to_string(c.mels) + "_pad" +
                                  std::to_string(c.padding);
                         });

// Beyond either end of the clamp one of the inputs comes out as it went in, also where y is that input.
TEST(HardtanhBlendEdges, ClampsToOneInput) {
  for (Device device : test::devices()) {
    for (float bias : {-100.0f, 100.0f}) {
      std::vector<float> x = test::random_values(70 * 5, 1), e = test::random_values(70 * 5, 2);
      const std::vector<float> wanted = bias > 0 ? x : e;
      const std::vector<float> d(5, 1.0f), w(5, 0.1f);
      std::vector<float> c{0.5f};  // on the heap, which a GPU reaches
      HardtanhBlendArgs args;
      args.similarity = make_view<2>(d.data(), {1, 5});
      args.weight = make_view<1>(w.data(), {5});
      args.bias = bias;
      args.x = make_view<3>(x.data(), {1, 70, 5});
      args.e = make_view<3>(e.data(), {1, 70, 5});
      args.coefficient = make_view<1>(c.data(), {1});
      args.y = make_view<3>(bias > 0 ? e.data() : x.data(), {1, 70, 5});
      hardtanh_blend(args, test::TestStream(device));
      EXPECT_EQ(c[0], bias > 0 ? 1.0f : 0.0f);
      EXPECT_EQ(bias > 0 ? e : x, wanted);
    }
  }
}

TEST(HardtanhBlendErrors, NamesTheArgument) {
  const std::vector<float> values(24, 1.0f);
  std::vector<float> out(24);
  HardtanhBlendArgs args;
  args.similarity = make_view<2>(values.data(), {2, 4});
  args.weight = make_view<1>(values.data(), {5});
  args.x = args.e = make_view<3>(values.data(), {2, 3, 4});
  args.coefficient = make_view<1>(out.data(), {2});
  args.y = make_view<3>(out.data(), {2, 3, 4});
  try {
    hardtanh_blend(args, test::TestStream(Device::cpu));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "hardtanh_blend: weight: got (5), wanted (4)");
  }
}

}  // namespace
}  // namespace serene
