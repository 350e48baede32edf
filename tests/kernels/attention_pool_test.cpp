#include "kernels/attention_pool/attention_pool.h"

#include "kernels/common/error.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::GuardedBuffer;

struct Case {
  Device device;
  int64_t batch, frames, channels, padding;  // padding: unused floats at the end of each row
  float logits;                              // their deviation
};

class AttentionPoolTest : public testing::TestWithParam<Case> {};

TEST_P(AttentionPoolTest, MatchesReference) {
  const auto [device, b, t, e, padding, logit_scale] = GetParam();
  const int64_t lde = e + padding, ldt = t + padding;
  const std::vector<float> x = test::random_values(b * t * lde, 1), x_before = x;
  const float unit = 1.0f / std::sqrt(static_cast<float>(std::max<int64_t>(e, 1)));
  const std::vector<float> u = test::random_values(e, 2, unit * logit_scale), u_before = u;

  struct Result {
    GuardedBuffer y, attention;
  };
  const auto run = [&](int threads, int64_t first, int64_t count, bool with_attention = true) {
    Result result{GuardedBuffer(count * lde), GuardedBuffer(count * ldt)};
    AttentionPoolArgs args;
    args.x = {x.data() + first * t * lde, {count, t, e}, {t * lde, lde, 1}};
    args.u = make_view<1>(u.data(), {e});
    args.y = {result.y.data(), {count, e}, {lde, 1}};
    if (with_attention) args.attention = {result.attention.data(), {count, t}, {ldt, 1}};
    const size_t bytes = attention_pool_workspace(args);
    GuardedBuffer scratch(static_cast<int64_t>(bytes / sizeof(float)));
    args.workspace = {reinterpret_cast<std::byte*>(scratch.data()), bytes};
    attention_pool(args, test::TestStream(device, threads));
    result.y.expect_bands_untouched();
    result.attention.expect_bands_untouched();
    scratch.expect_bands_untouched();
    return result;
  };
  const Result result = run(2, 0, b);

  std::vector<double> y_ref, a_ref;
  std::vector<float> y_out, a_out;
  for (int64_t i = 0; i < b; ++i) {
    std::vector<double> a(t);
    for (int64_t k = 0; k < t; ++k) {
      for (int64_t j = 0; j < e; ++j) a[k] += double(u[j]) * x[(i * t + k) * lde + j];
    }
    const double largest = *std::max_element(a.begin(), a.end());
    double sum = 0;
    for (double& v : a) sum += v = std::exp(v - largest);
    for (double& v : a) v /= sum;
    for (int64_t j = 0; j < e; ++j) {
      double y = 0;
      for (int64_t k = 0; k < t; ++k) y += a[k] * x[(i * t + k) * lde + j];
      y_ref.push_back(y);
      y_out.push_back(result.y.data()[i * lde + j]);
    }
    for (int64_t j = e; j < lde; ++j) EXPECT_TRUE(std::isnan(result.y.data()[i * lde + j]));
    a_ref.insert(a_ref.end(), a.begin(), a.end());
    a_out.insert(a_out.end(), result.attention.data() + i * ldt, result.attention.data() + i * ldt + t);
    for (int64_t k = t; k < ldt; ++k) EXPECT_TRUE(std::isnan(result.attention.data()[i * ldt + k]));
  }
  test::expect_close(y_out, y_ref, test::tolerance(1, test::magnitude(y_ref)));
  test::expect_close(a_out, a_ref, test::tolerance(1, test::magnitude(a_ref)));
  EXPECT_EQ(x, x_before);
  EXPECT_EQ(u, u_before);

  EXPECT_TRUE(result.y.same_bits(run(2, 0, b, false).y)) << "without attention";
  for (int threads : {1, 2, 3}) {
    const Result again = run(threads, 0, b);
    EXPECT_TRUE(result.y.same_bits(again.y) && result.attention.same_bits(again.attention))
        << threads << " threads";
  }
  for (int64_t i = 0; i < b; ++i) {
    const Result alone = run(2, i, 1);
    EXPECT_EQ(std::memcmp(alone.y.data(), result.y.data() + i * lde, lde * sizeof(float)), 0) << "clip " << i;
    EXPECT_EQ(std::memcmp(alone.attention.data(), result.attention.data() + i * ldt, ldt * sizeof(float)), 0)
        << "clip " << i;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The executor needs half a minute for 1876 frames.
    const int64_t long_clip = device == Device::executor ? 261 : 1876;
    // The deviation of 400: a softmax that takes no maximum off would overflow.
    for (auto [b, t, e, padding, logits] : {std::array<int64_t, 5>{1, 1, 1, 0, 1},
                                            {0, 32, 256, 0, 1},
                                            {2, 3, 0, 0, 1},
                                            {1, 3, 3, 2, 1},
                                            {3, 31, 33, 0, 2},
                                            {2, 32, 32, 1, 400},
                                            {2, 33, 31, 5, 3},
                                            {4, 32, 256, 0, 2},
                                            {1, long_clip, 257, 3, 4}}) {
      all.push_back({device, b, t, e, padding, static_cast<float>(logits)});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(AttentionPool, AttentionPoolTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
                                  std::to_string(c.frames) + "_e" + std::to_string(c.channels) + "_pad" +
                                  std::to_string(c.padding);
                         });

TEST(AttentionPoolErrors, NamesTheArgument) {
  const std::vector<float> values(24, 1.0f);
  std::vector<float> out(8);
  std::vector<double> scratch(6);
  AttentionPoolArgs args;
  args.x = make_view<3>(values.data(), {2, 3, 4});
  args.u = make_view<1>(values.data(), {3});
  args.y = make_view<2>(out.data(), {2, 4});
  args.workspace = std::as_writable_bytes(std::span(scratch).first(5));
  const auto message = [&] {
    try {
      attention_pool(args, test::TestStream(Device::cpu));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "attention_pool: u: got (3), wanted (4)");
  args.u = make_view<1>(values.data(), {4});
  EXPECT_EQ(message(), "attention_pool: workspace: got 40 bytes, wanted 48");
  args.x.shape[1] = 0;
  EXPECT_EQ(message(), "attention_pool: x: got something else, wanted at least one frame");
}

}  // namespace
}  // namespace serene
