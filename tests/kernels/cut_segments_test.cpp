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
  int64_t segment;
};

class CutSegmentsTest : public testing::TestWithParam<Case> {};

TEST_P(CutSegmentsTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  // None is 0, so that one that is was filled up.
  std::vector<float> values = test::random_values(clips.rows(), 1);
  for (float& v : values) v += v < 0 ? -1.0f : 1.0f;
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    std::vector<int64_t> rows;
    for (int64_t b = 0; b < count; ++b) rows.push_back(segments_of(some.length(b), c.segment));
    const RaggedClips segments(rows);
    Map<1> x({some.rows()});
    Map<2> y({segments.rows(), c.segment});
    x.fill({values.begin() + clips.begin(first), values.begin() + clips.begin(first + count)});
    const Map<1> before = x;
    cut_segments({std::as_const(x).view(), some.get(), segments.get(), y.view()},
                 test::TestStream(c.device, threads));
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };
  std::vector<float> expected;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    expected.insert(expected.end(), values.begin() + clips.begin(b), values.begin() + clips.begin(b + 1));
    while (std::ssize(expected) % c.segment != 0) expected.push_back(0.0f);
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  EXPECT_EQ(y, expected);
  test::expect_same_alone(c.device, clips.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4});
    all.push_back({device, {0, 1, 0, 3}, 1});
    all.push_back({device, {1, 3, 4, 5, 8, 9}, 4});
    all.push_back({device, {31, 32, 33, 64}, 32});
    all.push_back({device, {2047, 2048, 2049, 4100}, 2048});
    all.push_back({device, {5000, 1}, 3001});
    if (device != Device::executor) all.push_back({device, {31999, 32000, 32001, 80000, 7}, 32000});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(CutSegments, CutSegmentsTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_n" + test::lengths_name(c.lengths) + "_l" +
         std::to_string(c.segment);
});

TEST(CutSegmentsErrors, NameTheClip) {
  std::vector<float> values(20, 1.0f), out(20);
  const RaggedClips clips({4, 5}), segments({1, 1}), one({2});
  CutSegmentsArgs args;
  args.x = make_view<1, const float>(values.data(), {9});
  args.clips = clips.get();
  args.segments = segments.get();
  args.y = make_view<2>(out.data(), {2, 4});
  const auto message = [&] {
    return test::refusal([&] { cut_segments(args, test::TestStream(Device::cpu)); },
                         ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(), "cut_segments: segments: got 1 of clip 1, wanted 2");
  args.segments = one.get();
  EXPECT_EQ(message(), "cut_segments: segments: got something else, wanted those of as many clips");
}

}  // namespace
}  // namespace serene
