#include "kernels/group_norm/group_norm.h"

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
  int64_t channels;
  bool gelu;
  float offset = 0;  // added to all values
};

class GroupNormTest : public testing::TestWithParam<Case> {};

TEST_P(GroupNormTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const int64_t channels = c.channels;
  std::vector<float> values = test::random_values(clips.rows() * channels, 1);
  for (float& v : values) v += c.offset;
  const std::vector<float> weight = test::random_values(channels, 2), bias = test::random_values(channels, 3);
  GroupNormArgs args;
  args.weight = make_view<1>(weight.data(), {channels});
  args.bias = make_view<1>(bias.data(), {channels});
  args.eps = 1e-3f;
  args.activation = c.gelu ? Activation::gelu : Activation::none;
  const auto run_in = [&](bool in_place, int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    const Map<2> empty({some.rows(), channels}, {some.rows(), channels + 3}, {0, 0});
    Map<2> x = empty, y = empty;
    x.fill({values.begin() + clips.begin(first) * channels,
            values.begin() + clips.begin(first + count) * channels});
    const Map<2> before = x;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.y = in_place ? x.view() : y.view();
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(group_norm_workspace(some.rows(), some.clips(), channels, stream));
    args.workspace = workspace.get();
    group_norm(args, stream);
    if (in_place) return x.values();
    EXPECT_TRUE(x.same_bits(before));
    y.expect_only_view_written();
    return y.values();
  };
  const auto run = [&](int threads, int64_t first, int64_t count) {
    return run_in(false, threads, first, count);
  };

  test::Reference ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    const int64_t n = clips.length(b);
    const auto at = [&](int64_t t, int64_t i) { return double{values[(clips.begin(b) + t) * channels + i]}; };
    std::vector<double> mean(channels), scale(channels);
    for (int64_t i = 0; i < channels; ++i) {
      double variance = 0;
      for (int64_t t = 0; t < n; ++t) mean[i] += at(t, i) / double(n);
      for (int64_t t = 0; t < n; ++t) variance += (at(t, i) - mean[i]) * (at(t, i) - mean[i]) / double(n);
      scale[i] = weight[i] / std::sqrt(variance + double{args.eps});
    }
    for (int64_t t = 0; t < n; ++t) {
      for (int64_t i = 0; i < channels; ++i) {
        const test::Sized y{(at(t, i) - mean[i]) * scale[i] + bias[i],
                            std::abs(at(t, i) * scale[i]) + std::abs(mean[i] * scale[i]) + std::abs(bias[i])};
        ref.push(c.gelu ? test::gelu(y) : y);
      }
    }
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(y, ref.values, test::tolerance(1, ref.size, 2));
  test::expect_same_alone(c.device, clips.clips(), y, run);
  EXPECT_TRUE(test::same_bits(run_in(true, 2, 0, clips.clips()), y)) << "in place";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, false});
    all.push_back({device, {0, 1, 0, 3}, 1, true});
    all.push_back({device, {31, 32, 33}, 33, true});
    all.push_back({device, {255, 256, 257}, 3, true});
    all.push_back({device, {5, 600}, 17, false, 100});
    if (device == Device::executor) continue;
    all.push_back({device, {2000, 7, 513}, 512, true});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(GroupNorm, GroupNormTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) + "_c" +
         std::to_string(c.channels) + (c.gelu ? "_gelu" : "") + (c.offset != 0 ? "_offset" : "");
});

TEST(GroupNormErrors, NamesTheArgument) {
  std::vector<float> values(8, 1.0f);
  const RaggedClips clips({2});
  GroupNormArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.clips = clips.get();
  args.weight = make_view<1, const float>(values.data(), {4});
  args.bias = make_view<1, const float>(values.data(), {5});
  args.y = make_view<2>(values.data(), {2, 4});
  const test::TestStream stream(Device::cpu);
  EXPECT_EQ(test::refusal([&] { group_norm(args, stream); }, ErrorKind::invalid_argument),
            "group_norm: bias: got (5), wanted (4)");
}

}  // namespace
}  // namespace serene
