#include "kernels/conv1d/conv1d.h"

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
  int64_t ci, co, taps, stride, padding;
  bool gelu = true;
  Precision precision = Precision::fp32;
};

class Conv1dTest : public testing::TestWithParam<Case> {};

std::vector<int64_t> output_lengths(const Case& c) {
  std::vector<int64_t> lengths;
  for (int64_t n : c.lengths) lengths.push_back(conv1d_length(n, c.taps, c.stride, c.padding));
  return lengths;
}

TEST_P(Conv1dTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips in(c.lengths), out(output_lengths(c));
  const float unit = 1 / std::sqrt(static_cast<float>(c.taps * c.ci));
  const std::vector<float> x = test::random_values(in.rows() * c.ci, 1), x_before = x,
                           weight = test::random_values(c.co * c.ci * c.taps, 2, unit),
                           bias = test::random_values(c.co, 3);
  const PackedMatrix packed = PackedMatrix::from_conv(weight, c.co, c.ci, c.taps, 1);
  Conv1dArgs args;
  args.weight = &packed;
  args.taps = c.taps;
  args.stride = c.stride;
  args.padding = c.padding;
  if (c.gelu) args.bias = make_view<1>(bias.data(), {c.co});
  args.activation = c.gelu ? Activation::gelu : Activation::none;
  args.precision = c.precision;
  const auto run = [&](int threads, int64_t first, int64_t count) {
    const auto part = [&](const std::vector<int64_t>& all) {
      return RaggedClips({all.begin() + first, all.begin() + first + count});
    };
    const RaggedClips some_in = part(c.lengths), some_out = part(output_lengths(c));
    Map<2> y({some_out.rows(), c.co}, {some_out.rows(), c.co + 3}, {0, 0});
    args.x = make_view<2>(x.data() + in.begin(first) * c.ci, {some_in.rows(), c.ci});
    args.x_clips = some_in.get();
    args.y_clips = some_out.get();
    args.y = y.view();
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(conv1d_workspace(args, stream));
    args.workspace = workspace.get();
    conv1d(args, stream);
    y.expect_only_view_written();
    return y.values();
  };

  test::Reference ref;
  for (int64_t b = 0; b < in.clips(); ++b) {
    for (int64_t t = 0; t < out.length(b); ++t) {
      for (int64_t o = 0; o < c.co; ++o) {
        double sum = c.gelu ? bias[o] : 0.0, squares = sum * sum;
        for (int64_t k = 0; k < c.taps; ++k) {
          const int64_t at = t * c.stride + k - c.padding;
          if (at < 0 || at >= in.length(b)) continue;
          for (int64_t i = 0; i < c.ci; ++i) {
            const double term =
                double{weight[(o * c.ci + i) * c.taps + k]} * x[(in.begin(b) + at) * c.ci + i];
            sum += term;
            squares += term * term;
          }
        }
        const test::Sized y{sum, std::sqrt(squares)};
        ref.push(c.gelu ? test::gelu(y) : y);
      }
    }
  }
  const std::vector<float> y = run(2, 0, in.clips());
  test::expect_close(
      y, ref.values,
      test::tolerance(c.taps * c.ci, ref.size, 2) + test::operand_rounding(c.precision, ref.size));
  EXPECT_EQ(x, x_before);
  test::expect_same_alone(c.device, in.clips(), y, run);
  test::expect_bf16_matters(c.device, args.precision, c.ci, out.rows() * c.co,
                            [&] { return !test::same_bits(run(1, 0, in.clips()), y); });
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 3, 4, 3, 1, 1});
    all.push_back({device, {0, 2, 3, 4}, 3, 4, 3, 2, 0, false});  // shorter than the kernel, and no longer
    all.push_back({device, {1}, 1, 1, 1, 1, 0});
    all.push_back({device, {10, 14, 15, 33}, 1, 33, 10, 5, 0});
    all.push_back({device, {1, 2, 31, 3}, 8, 31, 3, 1, 1});
    all.push_back({device, {1, 32, 5}, 6, 32, 3, 2, 1, false});
    all.push_back({device, {7, 33}, 17, 65, 2, 2, 0});
    all.push_back({device, {130, 1}, 5, 8, 4, 3, 3});
    if (device == Device::executor) continue;
    all.push_back({device, {400, 77, 3}, 80, 200, 3, 1, 1});
    all.push_back({device, {450, 12}, 64, 130, 3, 2, 0});
    all.push_back({device, {30}, 1040, 24, 3, 1, 1});  // K in parts
  }
  all = test::with_precisions(all);
  // So many channels that the larger of a GPU's tiles in bf16 are taken.
  for (Device device : test::devices()) {
    if (device != Device::cpu) all.push_back({device, {3, 5}, 4, 8450, 3, 1, 1, true, Precision::bf16});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Conv1d, Conv1dTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_n" + test::lengths_name(c.lengths) + "_ci" +
         std::to_string(c.ci) + "_co" + std::to_string(c.co) + "_k" + std::to_string(c.taps) + "_s" +
         std::to_string(c.stride) + "_p" + std::to_string(c.padding) + "_" + precision_name(c.precision);
});

TEST(Conv1dErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const PackedMatrix weight = PackedMatrix::from_conv({values.data(), 24}, 4, 2, 3, 1);
  const RaggedClips in({3, 4}), out({1, 1});
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(4096);
  Conv1dArgs args;
  args.x = make_view<2, const float>(values.data(), {7, 2});
  args.x_clips = in.get();
  args.weight = &weight;
  args.taps = 2;
  args.y = make_view<2>(values.data(), {2, 4});
  args.y_clips = out.get();
  args.workspace = workspace.get();
  const auto message = [&] {
    return test::refusal([&] { conv1d(args, stream); }, ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(), "conv1d: weight: got 6 inputs, wanted 4");
  args.taps = 3;
  EXPECT_EQ(message(), "conv1d: y_clips: got 1 rows of clip 1, wanted 2");
  args.padding = 3;
  EXPECT_EQ(
      message(),
      "conv1d: taps, stride, padding: got something else, wanted at least 1, 1 and 0, padding below taps");
}

}  // namespace
}  // namespace serene
