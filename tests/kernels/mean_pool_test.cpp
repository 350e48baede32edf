#include "kernels/mean_pool/mean_pool.h"

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
};

class MeanPoolTest : public testing::TestWithParam<Case> {};

TEST_P(MeanPoolTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const std::vector<float> values = test::random_values(clips.rows() * c.channels, 1);
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    Map<2> x({some.rows(), c.channels}, {some.rows(), c.channels + 3}, {0, 0}),
        y({count, c.channels}, {count, c.channels + 2}, {0, 0});
    x.fill({values.begin() + clips.begin(first) * c.channels,
            values.begin() + clips.begin(first + count) * c.channels});
    const Map<2> before = x;
    MeanPoolArgs args;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.y = y.view();
    mean_pool(args, test::TestStream(c.device, threads));
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };
  std::vector<double> ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t i = 0; i < c.channels; ++i) {
      double sum = 0;
      for (int64_t t = clips.begin(b); t < clips.begin(b + 1); ++t) sum += values[t * c.channels + i];
      ref.push_back(sum / static_cast<double>(clips.length(b)));
    }
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(y, ref, test::tolerance(1, test::magnitude(ref)));
  test::expect_same_alone(c.device, clips.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4});
    all.push_back({device, {1}, 1});
    all.push_back({device, {3, 1, 2}, 31});
    all.push_back({device, {31, 32, 33}, 33});
    all.push_back({device, {100}, 65});
    if (device != Device::executor) all.push_back({device, {1499, 7, 249}, 1024});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(MeanPool, MeanPoolTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) + "_c" +
         std::to_string(c.channels);
});

TEST(MeanPoolErrors, NamesTheClipWithoutRows) {
  std::vector<float> values(8, 1.0f);
  const RaggedClips clips({2, 0});
  MeanPoolArgs args;
  args.x = make_view<2>(values.data(), {2, 4});
  args.clips = clips.get();
  args.y = make_view<2>(values.data(), {2, 4});
  EXPECT_EQ(
      test::refusal([&] { mean_pool(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "mean_pool: clips: got no rows in clip 1, wanted a row at the least");
}

}  // namespace
}  // namespace serene
