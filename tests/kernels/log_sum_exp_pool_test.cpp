#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"

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
  int64_t channels;
  float spread;  // of the logarithms
};

// One term after another, so that nothing overflows: another way than the op goes.
double log_sum_exp(const std::vector<float>& values, int64_t first, int64_t stride, int64_t rows) {
  double log_sum = values[first];
  for (int64_t t = 1; t < rows; ++t) {
    const double next = values[first + t * stride];
    const double high = std::max(log_sum, next), low = std::min(log_sum, next);
    log_sum = high + std::log1p(std::exp(low - high));
  }
  return log_sum;
}

class LogSumExpPoolTest : public testing::TestWithParam<Case> {};

TEST_P(LogSumExpPoolTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const std::vector<float> values = test::random_values(clips.rows() * c.channels, 1, c.spread);
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    Map<2> x({some.rows(), c.channels}, {some.rows(), c.channels + 3}, {0, 0}),
        y({count, c.channels}, {count, c.channels + 2}, {0, 0});
    x.fill({values.begin() + clips.begin(first) * c.channels,
            values.begin() + clips.begin(first + count) * c.channels});
    const Map<2> before = x;
    LogSumExpPoolArgs args;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.y = y.view();
    log_sum_exp_pool(args, test::TestStream(c.device, threads));
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };
  std::vector<double> ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t i = 0; i < c.channels; ++i)
      ref.push_back(log_sum_exp(values, clips.begin(b) * c.channels + i, c.channels, clips.length(b)));
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(y, ref, test::tolerance(1, test::magnitude(ref)));
  test::expect_same_alone(c.device, clips.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 2, 1});
    all.push_back({device, {1}, 1, 1});
    all.push_back({device, {3, 1, 2}, 2, 5});
    all.push_back({device, {31, 32, 33}, 33, 5});
    // Powers that no float and, in the end, no double has.
    all.push_back({device, {7, 1, 60}, 3, 80});
    all.push_back({device, {9, 2}, 2, 5000});
    if (device != Device::executor) all.push_back({device, {375, 7, 1500}, 257, 3});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LogSumExpPool, LogSumExpPoolTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) +
                                  "_c" + std::to_string(c.channels) + "_s" +
                                  std::to_string(static_cast<int>(c.spread));
                         });

// n times one power is that power and log n; a row alone is itself, to the bit.
TEST(LogSumExpPool, CountsRows) {
  for (Device device : test::devices()) {
    for (const float value : {-1e30f, -3.0f, 0.0f, 88.8f, 1e30f}) {
      Map<2> x({8, 1}, {8, 1}, {0, 0}), y({2, 1}, {2, 1}, {0, 0});
      x.fill(std::vector<float>(8, value));
      const RaggedClips clips({1, 7});
      LogSumExpPoolArgs args;
      args.x = std::as_const(x).view();
      args.clips = clips.get();
      args.y = y.view();
      log_sum_exp_pool(args, test::TestStream(device));
      const std::vector<float> sums = y.values();
      EXPECT_EQ(sums[0], value) << device_name(device);
      EXPECT_FLOAT_EQ(sums[1], static_cast<float>(value + std::log(7.0))) << device_name(device);
    }
  }
}

TEST(LogSumExpPoolErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const auto said = [&](const RaggedClips& clips, int64_t channels) {
    LogSumExpPoolArgs args;
    args.x = make_view<2>(values.data(), {2, 2});
    args.clips = clips.get();
    args.y = make_view<2>(values.data(), {clips.clips(), channels});
    return test::refusal([&] { log_sum_exp_pool(args, test::TestStream(Device::cpu)); },
                         ErrorKind::invalid_argument);
  };
  EXPECT_EQ(said(RaggedClips({2, 0}), 2),
            "log_sum_exp_pool: clips: got no rows in clip 1, wanted a row at the least");
  test::expect_in(said(RaggedClips({2}), 1), "log_sum_exp_pool: y: ");
  test::expect_in(said(RaggedClips({1}), 2), "log_sum_exp_pool: clips: ");
}

}  // namespace
}  // namespace serene
