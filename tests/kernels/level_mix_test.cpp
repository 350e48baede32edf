#include "kernels/level_mix/level_mix.h"

#include "kernels/cut_segments/cut_segments.h"
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
  int64_t segment, padding;  // padding: unused floats after each level
};

class LevelMixTest : public testing::TestWithParam<Case> {};

// 0 and 1 among them.
std::vector<float> levels_of(int64_t clips) {
  std::vector<float> levels = test::random_values(clips, 3);
  for (int64_t b = 0; b < clips; ++b)
    levels[b] = b == 1 ? 0.0f : b == 2 ? 1.0f : std::min(std::abs(levels[b]), 1.0f);
  return levels;
}

TEST_P(LevelMixTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const std::vector<float> original = test::random_values(clips.rows(), 1),
                           enhanced = test::random_values(clips.rows(), 2);
  const std::vector<float> levels = levels_of(clips.clips());
  const auto run_in = [&](bool in_place, int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    std::vector<int64_t> rows;
    std::vector<float> padded;
    for (int64_t b = first; b < first + count; ++b) {
      rows.push_back(segments_of(clips.length(b), c.segment));
      padded.insert(padded.end(), enhanced.begin() + clips.begin(b), enhanced.begin() + clips.begin(b + 1));
      // Behind a clip's end, what must not be read.
      while (std::ssize(padded) % c.segment != 0) padded.push_back(std::nanf(""));
    }
    const RaggedClips segments(rows);
    Map<1> x({some.rows()}), y({some.rows()});
    Map<2> e({segments.rows(), c.segment}), level({count, 1}, {count, 1 + c.padding}, {0, 0});
    x.fill({original.begin() + clips.begin(first), original.begin() + clips.begin(first + count)});
    e.fill(padded);
    level.fill({levels.begin() + first, levels.begin() + first + count});
    const Map<1> before = x;
    LevelMixArgs args;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.e = std::as_const(e).view();
    args.segments = segments.get();
    args.level = std::as_const(level).view();
    args.y = in_place ? x.view() : y.view();
    level_mix(args, test::TestStream(c.device, threads));
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
    const double level = levels[b];
    for (int64_t i = clips.begin(b); i < clips.begin(b + 1); ++i)
      ref.push_back(level * original[i] + (1 - level) * enhanced[i]);
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(y, ref, test::tolerance(2, test::magnitude(ref)));
  test::expect_same_alone(c.device, clips.clips(), y, run);
  EXPECT_TRUE(test::same_bits(run_in(true, 2, 0, clips.clips()), y)) << "in place";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, 0});
    all.push_back({device, {0, 1, 0, 3}, 1, 0});
    all.push_back({device, {1, 3, 4, 5, 8, 9}, 4, 2});
    all.push_back({device, {31, 32, 33, 64}, 32, 0});
    all.push_back({device, {2047, 2048, 2049, 4100}, 2000, 1});
    if (device != Device::executor) all.push_back({device, {80000, 7, 33000, 16384}, 32000, 0});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LevelMix, LevelMixTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_n" + test::lengths_name(c.lengths) + "_l" +
         std::to_string(c.segment) + "_pad" + std::to_string(c.padding);
});

TEST(LevelMixErrors, NameTheArgument) {
  std::vector<float> values(20, 1.0f), out(20);
  const RaggedClips clips({4, 5}), segments({1, 2});
  LevelMixArgs args;
  args.x = make_view<1, const float>(values.data(), {9});
  args.clips = clips.get();
  args.e = make_view<2, const float>(values.data(), {3, 4});
  args.segments = segments.get();
  args.level = make_view<2, const float>(values.data(), {1, 1});
  args.y = make_view<1>(out.data(), {9});
  const auto message = [&] {
    return test::refusal([&] { level_mix(args, test::TestStream(Device::cpu)); },
                         ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(), "level_mix: level: got (1, 1), wanted (2, 1)");
  args.e.shape[0] = 2;
  EXPECT_EQ(message(), "level_mix: segments: got 3 rows, wanted 2");
}

}  // namespace
}  // namespace serene
