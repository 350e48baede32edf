#include "kernels/normalize/normalize.h"

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
  float offset = 0, scale = 1;  // of all values
};

class NormalizeTest : public testing::TestWithParam<Case> {};

TEST_P(NormalizeTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  std::vector<float> values = test::random_values(clips.rows(), 1, c.scale);
  for (float& v : values) v += c.offset;
  const auto run_in = [&](bool in_place, int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    Map<1> x({some.rows()}), y({some.rows()});
    x.fill({values.begin() + clips.begin(first), values.begin() + clips.begin(first + count)});
    const Map<1> before = x;
    NormalizeArgs args;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.y = in_place ? x.view() : y.view();
    normalize(args, test::TestStream(c.device, threads));
    if (in_place) return x.values();
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };
  const auto run = [&](int threads, int64_t first, int64_t count) {
    return run_in(false, threads, first, count);
  };
  std::vector<double> ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    const auto n = static_cast<double>(clips.length(b));
    double mean = 0, variance = 0;
    for (int64_t i = clips.begin(b); i < clips.begin(b + 1); ++i) mean += values[i] / n;
    for (int64_t i = clips.begin(b); i < clips.begin(b + 1); ++i)
      variance += (values[i] - mean) * (values[i] - mean) / n;
    for (int64_t i = clips.begin(b); i < clips.begin(b + 1); ++i)
      ref.push_back((values[i] - mean) / std::sqrt(variance + 1e-7));
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  // In double but for the last rounding.
  test::expect_close(y, ref, test::tolerance(1, test::magnitude(ref)));
  test::expect_same_alone(c.device, clips.clips(), y, run);
  EXPECT_TRUE(test::same_bits(run_in(true, 2, 0, clips.clips()), y)) << "in place";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}});
    all.push_back({device, {0, 1, 0, 3}});
    all.push_back({device, {31, 32, 33}});
    all.push_back({device, {1023, 1024, 1025}, 0.25f});
    all.push_back({device, {400, 5000}, 1, 1e-3f});  // far from zero
    all.push_back({device, {700}, 0, 1e-5f});        // where eps counts
    if (device != Device::executor) all.push_back({device, {80000, 7, 480000}});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Normalize, NormalizeTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_n" + test::lengths_name(c.lengths) +
         (c.offset != 0 ? "_offset" : "") + (c.scale != 1 ? "_quiet" : "");
});

// Neither silence nor a constant has a variance.
TEST(NormalizeConstant, IsZero) {
  for (Device device : test::devices()) {
    for (float value : {0.0f, 0.3f, -1.0f}) {
      std::vector<float> x(1000, value);
      const RaggedClips clips({1000});
      NormalizeArgs args;
      args.x = args.y = make_view<1>(x.data(), {1000});
      args.clips = clips.get();
      normalize(args, test::TestStream(device));
      for (float y : x) ASSERT_LT(std::abs(y), 1e-9f) << value;
    }
  }
}

TEST(NormalizeErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const RaggedClips clips({7});
  NormalizeArgs args;
  args.x = args.y = make_view<1>(values.data(), {7});
  args.y.shape[0] = 8;
  args.clips = clips.get();
  EXPECT_EQ(
      test::refusal([&] { normalize(args, test::TestStream(Device::cpu)); }, ErrorKind::invalid_argument),
      "normalize: y: got (8), wanted (7)");
}

}  // namespace
}  // namespace serene
