#include "kernels/cosine_similarity/cosine_similarity.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, mels, padding;  // padding: unused floats at the end of each row of x and d
};

class CosineSimilarityTest : public testing::TestWithParam<Case> {};

TEST_P(CosineSimilarityTest, MatchesReference) {
  const auto [device, b, t, f, padding] = GetParam();
  const int64_t ld = f + padding;
  // Away from zero on the whole, as log mel energies are, so that the similarities are not all near 0.
  std::vector<float> x = test::random_values(b * t * ld, 1), e = test::random_values(b * t * f, 2);
  for (float& v : x) v += 1.5f;
  for (float& v : e) v += 1.0f;
  const std::vector<float> x_before = x, e_before = e;

  const auto run = [&](int threads, int64_t first, int64_t count) {
    GuardedBuffer d(count * ld);
    CosineSimilarityArgs args;
    args.x = {x.data() + first * t * ld, {count, t, f}, {t * ld, ld, 1}};
    args.e = make_view<3>(e.data() + first * t * f, {count, t, f});
    args.d = {d.data(), {count, f}, {ld, 1}};
    cosine_similarity(args, test::TestStream(device, threads));
    d.expect_bands_untouched();
    return d;
  };
  const GuardedBuffer d = run(2, 0, b);

  std::vector<double> ref;
  std::vector<float> out;
  for (int64_t i = 0; i < b; ++i) {
    for (int64_t j = 0; j < f; ++j) {
      double xe = 0, xx = 0, ee = 0;
      for (int64_t k = 0; k < t; ++k) {
        const double xv = x[(i * t + k) * ld + j], ev = e[(i * t + k) * f + j];
        xe += xv * ev;
        xx += xv * xv;
        ee += ev * ev;
      }
      ref.push_back(xe / (std::max(std::sqrt(xx), 1e-8) * std::max(std::sqrt(ee), 1e-8)));
      out.push_back(d.data()[i * ld + j]);
    }
    for (int64_t j = f; j < ld; ++j) EXPECT_TRUE(std::isnan(d.data()[i * ld + j])) << "padding written";
  }
  test::expect_close(out, ref, test::tolerance(1, test::magnitude(ref)));
  EXPECT_EQ(x, x_before);
  EXPECT_EQ(e, e_before);

  for (int threads : {1, 2, 3}) EXPECT_TRUE(d.same_bits(run(threads, 0, b))) << threads << " threads";
  for (int64_t i = 0; i < b; ++i) {
    const GuardedBuffer alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.data(), d.data() + i * ld, ld * sizeof(float)), 0) << "clip " << i;
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
                                    {2, 3, 0, 0},
                                    {1, 3, 3, 0},
                                    {2, 31, 33, 1},
                                    {3, 32, 32, 0},
                                    {2, 33, 31, 5},
                                    {4, clip, 80, 0},
                                    {1, long_clip, 80, 3}}) {
      all.push_back({device, b, t, f, padding});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(CosineSimilarity, CosineSimilarityTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_f" + std::to_string(c.mels) + "_pad" +
                                  std::to_string(c.padding);
                         });

// Each norm by itself, not their product: 1e-9 * 100 / (1e-8 * 100), and a silent mel has no direction at
// all.
TEST(CosineSimilarityEdges, FloorsEachNorm) {
  for (Device device : test::devices()) {
    const std::vector<float> x{1e-9f, 0.0f, 2.0f}, e{100.0f, 3.0f, -2.0f};
    std::vector<float> d(3);
    CosineSimilarityArgs args;
    args.x = make_view<3>(x.data(), {1, 1, 3});
    args.e = make_view<3>(e.data(), {1, 1, 3});
    args.d = make_view<2>(d.data(), {1, 3});
    cosine_similarity(args, test::TestStream(device));
    EXPECT_NEAR(d[0], 0.1, test::tolerance(1, 0.1));
    EXPECT_EQ(d[1], 0.0f);
    EXPECT_EQ(d[2], -1.0f);
  }
}

TEST(CosineSimilarityErrors, NamesTheArgument) {
  const std::vector<float> values(24, 1.0f);
  std::vector<float> out(8);
  CosineSimilarityArgs args;
  args.x = make_view<3>(values.data(), {2, 3, 4});
  args.e = make_view<3>(values.data(), {2, 2, 4});
  args.d = make_view<2>(out.data(), {2, 4});
  const auto message = [&] {
    try {
      cosine_similarity(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "cosine_similarity: e: got (2, 2, 4), wanted (2, 3, 4)");
  args.x.shape[1] = args.e.shape[1] = 0;
  EXPECT_EQ(message(), "cosine_similarity: x: got something else, wanted at least one frame");
}

}  // namespace
}  // namespace serene
