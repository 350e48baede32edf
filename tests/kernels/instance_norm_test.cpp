#include "kernels/instance_norm/instance_norm.h"

#include "kernels/common/error.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/reference.h"

namespace serene {
namespace {

using test::Layout;
using test::Map;

struct Case {
  Device device;
  int64_t batch, frames, bins, channels;
  Layout layout = Layout::dense;
  bool constant = false;  // the same value everywhere: no variance
};

class InstanceNormTest : public testing::TestWithParam<Case> {};

TEST_P(InstanceNormTest, MatchesReference) {
  const auto [device, batch, frames, bins, channels, layout, constant] = GetParam();
  const int64_t per_clip = frames * bins * channels;
  std::vector<float> values = test::random_values(batch * per_clip, 1);
  for (float& v : values) v = constant ? 0.7f : v + 0.5f;
  const std::vector<float> weight = test::random_values(channels, 2), bias = test::random_values(channels, 3);
  const std::vector<float> slope = test::random_values(channels, 4);
  const Map<4> x = Map<4>({batch, frames, bins, channels}, layout).fill(values);

  InstanceNormArgs args;
  args.weight = make_view<1>(weight.data(), {channels});
  args.bias = make_view<1>(bias.data(), {channels});
  args.slope = make_view<1>(slope.data(), {channels});
  const auto run = [&](int threads) {
    Map<4> y = x;
    test::GuardedWorkspace workspace(instance_norm_workspace(batch, frames, channels));
    args.workspace = workspace.get();
    args.x = y.view();
    instance_norm(args, test::TestStream(device, threads));
    return y;
  };

  test::Reference ref;
  const int64_t count = frames * bins;
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<double> mean(channels), variance(channels);
    const float* clip = values.data() + b * per_clip;
    for (int64_t i = 0; i < per_clip; ++i) mean[i % channels] += clip[i] / static_cast<double>(count);
    for (int64_t i = 0; i < per_clip; ++i) {
      const double d = clip[i] - mean[i % channels];
      variance[i % channels] += d * d / static_cast<double>(count);
    }
    for (int64_t i = 0; i < per_clip; ++i) {
      const int64_t c = i % channels;
      const double factor = weight[c] / std::sqrt(variance[c] + double{args.eps});
      const double v = (clip[i] - mean[c]) * factor + bias[c];
      // Of x and of the mean; they cancel where there is no variance.
      const double size =
          (std::abs(clip[i]) + std::abs(mean[c])) * std::abs(factor) + std::abs(double{bias[c]});
      ref.push(v >= 0 ? test::Sized{v, size} : test::Sized{v * slope[c], size * std::abs(slope[c])});
    }
  }
  const Map<4> y = run(2);
  // Sums are in double: no reduction to speak of.
  test::expect_close(y.values(), ref.values, test::tolerance(1, ref.size, 2));
  y.expect_only_view_written();
  for (int threads : {1, 2, 3}) EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";

  if (device == Device::cpu) {
    std::vector<double> sums(static_cast<size_t>(batch * frames * 2 * channels), 0.0);
    for (size_t i = 0; i < values.size(); ++i) {
      const int64_t channel = static_cast<int64_t>(i) % channels,
                    frame = static_cast<int64_t>(i) / channels / bins;
      sums[frame * 2 * channels + channel] += values[i];
      sums[(frame * 2 + 1) * channels + channel] += double{values[i]} * values[i];
    }
    const std::vector<double> before = sums;
    args.sums = make_view<4>(sums.data(), {batch, frames, 2, channels});
    test::expect_close(run(2).values(), ref.values, test::tolerance(1, ref.size, 2));
    // They are what counts: with squares for a hundred times the deviation hardly anything is left of x.
    for (size_t i = 0; i < sums.size(); ++i)
      sums[i] = before[i] * (static_cast<int64_t>(i) / channels % 2 == 0 ? 1 : 1e4);
    if (!values.empty() && !constant) {
      EXPECT_FALSE(y.same_bits(run(2)));
    }
    args.sums = {};
  }

  Map<4> alone = x;
  for (int64_t b = 0; b < batch; ++b) {
    test::GuardedWorkspace workspace(instance_norm_workspace(1, frames, channels));
    args.workspace = workspace.get();
    args.x = test::only(alone.view(), b);
    instance_norm(args, test::TestStream(device));
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a clip's result depends on its batch";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (Layout layout : {Layout::dense, Layout::slice}) {
      for (int64_t c : {1, 3, 4, 8, 16, 31, 32, 33, 64}) {
        all.push_back({device, 1, 1, 1, c, layout});
        all.push_back({device, 2, 1, 6, c, layout});
        all.push_back({device, 3, 7, 5, c, layout});
      }
      all.push_back({device, 2, 5, 3, 16, layout, true});
      all.push_back({device, 2, 5, 3, 3, layout, true});
      // The executor takes a microsecond an element.
      all.push_back({device, 2, device == Device::executor ? 37 : 61, device == Device::executor ? 11 : 101,
                     33, layout});
      all.push_back({device, 0, 4, 4, 4, layout});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(InstanceNorm, InstanceNormTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_t" +
         std::to_string(c.frames) + "_f" + std::to_string(c.bins) + "_c" + std::to_string(c.channels) + "_" +
         test::layout_name(c.layout) + (c.constant ? "_constant" : "");
});

TEST(InstanceNormErrors, NamesTheArgument) {
  std::vector<float> values(24, 1.0f);
  InstanceNormArgs args;
  args.x = make_view<4>(values.data(), {1, 2, 3, 4});
  args.weight = args.bias = args.slope = make_view<1, const float>(values.data(), {4});
  std::vector<std::byte> workspace(instance_norm_workspace(1, 2, 4) - 1);
  args.workspace = workspace;
  const test::TestStream stream(Device::cpu);
  try {
    instance_norm(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "instance_norm: workspace: got 191 bytes, wanted 192");
  }
}

TEST(InstanceNormErrors, SumsAreTheCpusAlone) {
  std::vector<float> values(24, 1.0f);
  std::vector<double> sums(24);
  InstanceNormArgs args;
  args.x = make_view<4>(values.data(), {1, 2, 3, 4});
  args.weight = args.bias = args.slope = make_view<1, const float>(values.data(), {4});
  std::vector<std::byte> workspace(instance_norm_workspace(1, 2, 4));
  args.workspace = workspace;
  args.sums = make_view<4>(sums.data(), {1, 2, 2, 4});
  try {
    instance_norm(args, test::TestStream(Device::executor));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_STREQ(error.what(), "instance_norm: sums: not on executor");
  }
}

}  // namespace
}  // namespace serene
