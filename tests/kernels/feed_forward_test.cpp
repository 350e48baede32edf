#include "kernels/feed_forward/feed_forward.h"

#include "kernels/common/error.h"
#include "tests/support/conformer_reference.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, channels, hidden, padding;  // padding: unused floats at the end of each row
  bool residual;
  Precision precision = Precision::fp32;
};

class FeedForwardTest : public testing::TestWithParam<Case> {};

TEST_P(FeedForwardTest, MatchesReference) {
  const auto [device, rows, c, h, padding, with_residual, precision] = GetParam();
  const Map<2> empty({rows, c}, {rows, c + padding}, {0, 0});
  const std::vector<float> values = test::random_values(rows * c, 1),
                           added = test::random_values(rows * c, 2);
  const test::FeedForwardWeights w(c, h, 3);
  const PackedMatrix packed1 = PackedMatrix::from_rows(w.w1, h, c),
                     packed2 = PackedMatrix::from_rows(w.w2, c, h);
  Map<2> x = empty, residual = empty;
  x.fill(values);
  residual.fill(added);
  const Map<2> x_before = x, residual_before = residual;

  FeedForwardArgs args;
  args.norm_weight = make_view<1>(w.norm_weight.data(), {c});
  args.norm_bias = make_view<1>(w.norm_bias.data(), {c});
  args.w1 = &packed1;
  args.b1 = make_view<1>(w.b1.data(), {h});
  args.w2 = &packed2;
  args.b2 = make_view<1>(w.b2.data(), {c});
  args.precision = precision;
  const auto run = [&](const View<const float, 2>& in, const View<const float, 2>& plus,
                       const View<float, 2>& out, int threads = 2) {
    const test::TestStream stream(device, threads);
    test::GuardedWorkspace workspace(feed_forward_workspace(c, h, stream));
    args.workspace = workspace.get();
    args.x = in;
    args.residual = with_residual ? plus : View<const float, 2>{};
    args.y = out;
    feed_forward(args, stream);
  };

  test::Reference ref;
  for (int64_t r = 0; r < rows; ++r) {
    const auto out = test::feed_forward(test::rows_of(values.data() + r * c, 1, c)[0], w, double{args.eps});
    for (int64_t i = 0; i < c; ++i) {
      const double plus = with_residual ? added[r * c + i] : 0.0;
      ref.push({double{args.scale} * out[i].value + plus, double{args.scale} * out[i].size + std::abs(plus)});
    }
  }
  Map<2> y = empty;
  run(x.view(), residual.view(), y.view());
  test::expect_close(
      y.values(), ref.values,
      test::tolerance(std::max(c, h), ref.size, 4) + 2 * test::operand_rounding(precision, ref.size));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(residual.same_bits(residual_before));
  for (int threads : test::thread_counts(device)) {
    Map<2> again = empty;
    run(x.view(), residual.view(), again.view(), threads);
    EXPECT_TRUE(y.same_bits(again)) << threads << " threads";
  }
  test::expect_bf16_matters(device, args.precision, c, y.view().numel(), [&] {
    Map<2> other = empty;
    run(x.view(), residual.view(), other.view());
    return !y.same_bits(other);
  });

  // A row is a tile of its own on a GPU: every row would take long on the executor.
  Map<2> alone = device == Device::cpu ? empty : y;
  for (int64_t r = 0; r < rows; r += device == Device::cpu ? 1 : 67) {
    run(test::only(x.view(), r), test::only(residual.view(), r), test::only(alone.view(), r), 1);
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a row's result depends on the others";

  run(x.view(), residual.view(), x.view());
  EXPECT_EQ(x.values(), y.values()) << "in place";
  if (with_residual) {
    run(x_before.view(), residual.view(), residual.view());
    EXPECT_EQ(residual.values(), y.values()) << "into the residual";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    for (bool residual : {false, true}) {
      for (auto [c, h] : {std::array<int64_t, 2>{1, 1},
                          {1, 4},
                          {3, 12},
                          {4, 16},
                          {31, 124},
                          {32, 33},
                          {33, 31},
                          {64, 256}}) {
        all.push_back({device, 7, c, h, c % 3, residual});
      }
      for (int64_t rows : {0, 1, 2, 5, 6, 12, 41, 95, 96, 97, 200}) {
        all.push_back({device, rows, 12, 48, 3, residual});
      }
    }
    // Sums of 64 outputs at a time on a GPU.
    for (int64_t c : {65, 130}) all.push_back({device, 65, c, 70, 0, true});
    // Above 48 KB of shared memory there, by static and dynamic memory together.
    all.push_back({device, 3, 96, 70, 0, true});
    // Rows that a warp of a GPU has in registers in bf16.
    for (auto [c, h] : {std::array<int64_t, 2>{4, 16}, {16, 64}, {20, 70}, {48, 33}, {64, 256}})
      all.push_back({device, c == 64 ? 130 : 17, c, h, c % 8, c != 16});
  }
  all = test::with_precisions(all);
  // So many that a block goes through more than 128 rows.
  for (Device device : test::devices()) {
    if (device != Device::cpu) all.push_back({device, 2 * 4 * 132 * 128 + 5, 4, 6, 0, true, Precision::bf16});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(FeedForward, FeedForwardTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_c" +
         std::to_string(c.channels) + "_h" + std::to_string(c.hidden) + "_pad" + std::to_string(c.padding) +
         (c.residual ? "_residual_" : "_") + precision_name(c.precision);
});

TEST(FeedForwardErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const PackedMatrix w1 = PackedMatrix::from_rows({values.data(), 32}, 8, 4);
  const PackedMatrix w2 = PackedMatrix::from_rows({values.data(), 32}, 4, 8);
  FeedForwardArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.norm_weight = args.norm_bias = args.b2 = make_view<1, const float>(values.data(), {4});
  args.w1 = &w1;
  args.b1 = make_view<1, const float>(values.data(), {4});
  args.w2 = &w2;
  args.y = make_view<2>(values.data(), {2, 4});
  const test::TestStream stream(Device::cpu);
  try {
    feed_forward(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "feed_forward: b1: got (4), wanted (8)");
  }
}

}  // namespace
}  // namespace serene
