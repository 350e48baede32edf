#include "kernels/grouped_conv1d/grouped_conv1d.h"

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
  int64_t width, groups, taps;
  bool residual = true;
  Precision precision = Precision::fp32;
};

class GroupedConv1dTest : public testing::TestWithParam<Case> {};

TEST_P(GroupedConv1dTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const int64_t channels = c.groups * c.width;
  const float unit = 1 / std::sqrt(static_cast<float>(c.taps * c.width));
  const std::vector<float> values = test::random_values(clips.rows() * channels, 1),
                           added = test::random_values(clips.rows() * channels, 4),
                           weight = test::random_values(channels * c.width * c.taps, 2, unit),
                           bias = test::random_values(channels, 3);
  const PackedMatrix packed = PackedMatrix::from_grouped_conv(weight, c.groups, c.width, c.width, c.taps);
  GroupedConv1dArgs args;
  args.weight = &packed;
  args.groups = c.groups;
  args.taps = c.taps;
  args.bias = make_view<1>(bias.data(), {channels});
  args.precision = c.precision;
  const auto run_in = [&](bool in_place, int threads, int64_t first, int64_t count) {
    const RaggedClips some({c.lengths.begin() + first, c.lengths.begin() + first + count});
    const Map<2> empty({some.rows(), channels}, {some.rows(), channels + 3}, {0, 0});
    Map<2> x = empty, residual = empty, y = empty;
    const int64_t from = clips.begin(first) * channels, to = clips.begin(first + count) * channels;
    x.fill({values.begin() + from, values.begin() + to});
    residual.fill({added.begin() + from, added.begin() + to});
    const Map<2> x_before = x, residual_before = residual;
    args.x = std::as_const(x).view();
    args.clips = some.get();
    args.residual = {};
    if (c.residual) args.residual = std::as_const(residual).view();
    args.y = in_place ? residual.view() : y.view();
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(grouped_conv1d_workspace(channels, c.groups, c.taps, stream));
    args.workspace = workspace.get();
    grouped_conv1d(args, stream);
    EXPECT_TRUE(x.same_bits(x_before));
    if (in_place) return residual.values();
    EXPECT_TRUE(residual.same_bits(residual_before));
    y.expect_only_view_written();
    return y.values();
  };
  const auto run = [&](int threads, int64_t first, int64_t count) {
    return run_in(false, threads, first, count);
  };

  test::Reference ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t t = 0; t < clips.length(b); ++t) {
      for (int64_t o = 0; o < channels; ++o) {
        double sum = bias[o], squares = sum * sum;
        for (int64_t k = 0; k < c.taps; ++k) {
          const int64_t at = t + k - c.taps / 2;
          if (at < 0 || at >= clips.length(b)) continue;
          for (int64_t i = 0; i < c.width; ++i) {
            const double term = double{weight[(o * c.width + i) * c.taps + k]} *
                                values[(clips.begin(b) + at) * channels + o / c.width * c.width + i];
            sum += term;
            squares += term * term;
          }
        }
        test::Sized y = test::gelu({sum, std::sqrt(squares)});
        if (c.residual) {
          const double plus = added[(clips.begin(b) + t) * channels + o];
          y = {y.value + plus, y.size + std::abs(plus)};
        }
        ref.push(y);
      }
    }
  }
  const std::vector<float> y = run(2, 0, clips.clips());
  test::expect_close(
      y, ref.values,
      test::tolerance(c.taps * c.width, ref.size, 2) + test::operand_rounding(c.precision, ref.size));
  test::expect_same_alone(c.device, clips.clips(), y, run);
  test::expect_bf16_matters(c.device, args.precision, c.width, clips.rows() * channels,
                            [&] { return !test::same_bits(run(1, 0, clips.clips()), y); });
  if (c.residual) {
    EXPECT_TRUE(test::same_bits(run_in(true, 2, 0, clips.clips()), y)) << "into the residual";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 4, 2, 3});
    all.push_back({device, {1, 0, 3}, 1, 1, 1, false});
    all.push_back({device, {2, 31, 5}, 3, 3, 4});
    all.push_back({device, {7, 32}, 16, 2, 5, false});
    all.push_back({device, {65, 3}, 8, 1, 33});
    all.push_back({device, {3}, 68, 1, 2});
    if (device == Device::executor) continue;
    all.push_back({device, {249, 17, 1}, 48, 2, 128});  // K in parts, with the residual
    all.push_back({device, {200, 60}, 64, 1, 127, false});
  }
  return test::with_precisions(all);
}

INSTANTIATE_TEST_SUITE_P(GroupedConv1d, GroupedConv1dTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) +
                                  "_g" + std::to_string(c.groups) + "_w" + std::to_string(c.width) + "_k" +
                                  std::to_string(c.taps) + (c.residual ? "_residual_" : "_") +
                                  precision_name(c.precision);
                         });

TEST(GroupedConv1dErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const RaggedClips clips({2});
  const PackedMatrix weight = PackedMatrix::from_grouped_conv({values.data(), 24}, 2, 2, 2, 3);
  const test::TestStream stream(Device::cpu);
  GroupedConv1dArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.clips = clips.get();
  args.weight = &weight;
  args.groups = 3;
  args.taps = 2;
  args.bias = make_view<1, const float>(values.data(), {4});
  args.y = make_view<2>(values.data(), {2, 4});
  const auto message = [&] {
    return test::refusal([&] { grouped_conv1d(args, stream); }, ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(),
            "grouped_conv1d: groups: got something else, wanted a number that divides the channels");
  args.groups = 2;
  EXPECT_EQ(message(),
            "grouped_conv1d: weight: got something else, wanted groups of (taps C / groups, C / groups)");
  args.taps = 3;
  EXPECT_EQ(message(), "grouped_conv1d: y: got something else, wanted memory other than x's");
}

}  // namespace
}  // namespace serene
