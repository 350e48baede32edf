#include "kernels/self_attention_pool/self_attention_pool.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;
using test::RaggedClips;

struct Case {
  Device device;
  std::vector<int64_t> lengths;
  int64_t channels, width, hops;
  float logits = 1;  // their size
};

class SelfAttentionPoolTest : public testing::TestWithParam<Case> {};

TEST_P(SelfAttentionPoolTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const int64_t rows = clips.rows(), e = c.channels, p = c.width, hops = c.hops;
  const float unit = c.logits / std::sqrt(static_cast<float>(std::max<int64_t>(p, 1)));
  const std::vector<float> x = test::random_values(rows * e, 1), projected = test::random_values(rows * p, 2),
                           v = test::random_values(hops * p, 3, unit);
  struct Result {
    std::vector<float> y, attention;
  };
  const auto run_all = [&](bool with_attention, int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    const int64_t begin = clips.begin(first);
    Map<2> y({count, hops * e}, {count, hops * e + 3}, {0, 0}),
        attention({some.rows(), hops}, {some.rows(), hops + 1}, {0, 0});
    SelfAttentionPoolArgs args;
    args.x = make_view<2>(x.data() + begin * e, {some.rows(), e});
    args.projected = make_view<2>(projected.data() + begin * p, {some.rows(), p});
    args.v = make_view<2>(v.data(), {hops, p});
    args.clips = some.get();
    args.y = y.view();
    if (with_attention) args.attention = attention.view();
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(self_attention_pool_workspace(args, stream));
    args.workspace = workspace.get();
    self_attention_pool(args, stream);
    y.expect_only_view_written();
    attention.expect_only_view_written();
    return Result{y.values(), attention.values()};
  };
  const Result result = run_all(true, 2, 0, clips.clips());

  std::vector<double> y_ref, a_ref(rows * hops);
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t h = 0; h < hops; ++h) {
      const int64_t n = clips.length(b), begin = clips.begin(b);
      std::vector<double> a(n);
      for (int64_t t = 0; t < n; ++t) {
        for (int64_t i = 0; i < p; ++i)
          a[t] += v[h * p + i] * std::tanh(double{projected[(begin + t) * p + i]});
      }
      const double largest = *std::max_element(a.begin(), a.end());
      double sum = 0;
      for (double& share : a) sum += share = std::exp(share - largest);
      for (int64_t t = 0; t < n; ++t) a_ref[(begin + t) * hops + h] = a[t] /= sum;
      for (int64_t i = 0; i < e; ++i) {
        double y = 0;
        for (int64_t t = 0; t < n; ++t) y += a[t] * x[(begin + t) * e + i];
        y_ref.push_back(y);
      }
    }
  }
  // A tanh is off by a rounding of 1, the logit then by one of its own size, and the share by that of its
  // own.
  test::expect_close(result.y, y_ref, test::tolerance(1, test::magnitude(y_ref) * (1 + c.logits), 2));
  test::expect_close(result.attention, a_ref, test::tolerance(1, test::magnitude(a_ref) * (1 + c.logits), 2));
  test::expect_same_alone(c.device, clips.clips(), result.y, [&](int threads, int64_t first, int64_t count) {
    return run_all(false, threads, first, count).y;
  });
  test::expect_same_alone(c.device, clips.clips(), result.attention,
                          [&](int threads, int64_t first, int64_t count) {
                            return run_all(true, threads, first, count).attention;
                          });
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, 3, 1});
    all.push_back({device, {1}, 1, 1, 1});
    all.push_back({device, {3, 1, 31}, 3, 2, 2});
    all.push_back({device, {32, 33}, 33, 31, 4, 3});
    all.push_back({device, {2, 5}, 257, 33, 1});
    all.push_back({device, {40}, 8, 16, 3, 100});
    if (device == Device::executor) continue;
    all.push_back({device, {1500, 7, 250}, 256, 128, 4, 4});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(SelfAttentionPool, SelfAttentionPoolTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) +
                                  "_e" + std::to_string(c.channels) + "_p" + std::to_string(c.width) + "_h" +
                                  std::to_string(c.hops);
                         });

TEST(SelfAttentionPoolErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const RaggedClips clips({2, 0});
  SelfAttentionPoolArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.projected = make_view<2, const float>(values.data(), {2, 3});
  args.v = make_view<2, const float>(values.data(), {2, 4});
  args.clips = clips.get();
  args.y = make_view<2>(values.data(), {2, 8});
  const test::TestStream stream(Device::cpu);
  const auto message = [&] {
    return test::refusal([&] { self_attention_pool(args, stream); }, ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(), "self_attention_pool: v: got (2, 4), wanted (2, 3)");
  args.v.shape[1] = 3;
  EXPECT_EQ(message(), "self_attention_pool: clips: got no rows in clip 1, wanted at least one");
}

}  // namespace
}  // namespace serene
