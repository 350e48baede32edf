#include "kernels/frame_pool/frame_pool.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/reference.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;
using test::RaggedClips;

struct Case {
  Device device;
  std::vector<int64_t> lengths;
  int64_t frames, channels;
};

std::vector<int64_t> pooled(const std::vector<int64_t>& lengths, int64_t frames) {
  std::vector<int64_t> result;
  for (const int64_t n : lengths) result.push_back((n + frames - 1) / frames);
  return result;
}

class FramePoolTest : public testing::TestWithParam<Case> {};

TEST_P(FramePoolTest, MatchesReference) {
  const auto& [device, lengths, frames, channels] = GetParam();
  const RaggedClips clips(lengths);
  const std::vector<float> values = test::random_values(clips.rows() * channels, 1);
  const auto run = [&, device = device, frames = frames, channels = channels, &lengths = lengths](
                       int threads, int64_t first, int64_t count) {
    const std::vector<int64_t> of_some{lengths.begin() + first, lengths.begin() + first + count};
    const RaggedClips some(of_some), groups(pooled(of_some, frames));
    Map<2> x({some.rows(), channels}, {some.rows(), channels + 1}, {0, 0});
    Map<2> y({groups.rows(), channels}, {groups.rows(), channels + 3}, {0, 0});
    x.fill({values.begin() + clips.begin(first) * channels,
            values.begin() + clips.begin(first + count) * channels});
    const Map<2> before = x;
    frame_pool({std::as_const(x).view(), some.get(), frames, groups.get(), y.view()},
               test::TestStream(device, threads));
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };

  test::Reference ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t first = 0; first < clips.length(b); first += frames) {
      const int64_t count = std::min(frames, clips.length(b) - first);
      for (int64_t i = 0; i < channels; ++i) {
        test::Sized mean{0, 0};
        for (int64_t t = first; t < first + count; ++t) {
          const double v = values[(clips.begin(b) + t) * channels + i];
          mean.value += v / double(count);
          mean.size += std::abs(v) / double(count);
        }
        ref.push(mean);
      }
    }
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(y, ref.values, test::tolerance(1, ref.size, 2));
  test::expect_same_alone(device, clips.clips(), y, run);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, 4});
    all.push_back({device, {0, 1, 0, 3, 4, 5, 8}, 4, 33});
    all.push_back({device, {1, 7}, 1, 5});
    all.push_back({device, {3, 70}, 1000, 257});
    if (device != Device::executor) all.push_back({device, {1500, 2, 499}, 4, 512});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(FramePool, FramePoolTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) + "_p" +
         std::to_string(c.frames) + "_c" + std::to_string(c.channels);
});

TEST(FramePoolErrors, NamesTheArgument) {
  std::vector<float> values(32, 1.0f);
  const RaggedClips clips({5, 2}), groups({1, 1}), fitting({2, 1});
  const auto said = [&](int64_t frames, const RaggedClips& y_clips) {
    FramePoolArgs args;
    args.x = make_view<2, const float>(values.data(), {7, 2});
    args.x_clips = clips.get();
    args.frames = frames;
    args.y_clips = y_clips.get();
    args.y = make_view<2>(values.data() + 16, {y_clips.rows(), 2});
    return test::refusal([&] { frame_pool(args, test::TestStream(Device::cpu)); },
                         ErrorKind::invalid_argument);
  };
  EXPECT_EQ(said(0, fitting), "frame_pool: frames: got 0, wanted 1 or more");
  EXPECT_EQ(said(4, groups), "frame_pool: y_clips: got 1 rows in clip 0, wanted 2");
  EXPECT_EQ(said(4, RaggedClips({3})), "frame_pool: y_clips: got 1 clips, wanted 2");
}

}  // namespace
}  // namespace serene
