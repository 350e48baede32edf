#include "kernels/conv_module/conv_module.h"

#include "kernels/common/error.h"
#include "tests/support/conformer_reference.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::Layout;
using test::Map;

struct Case {
  Device device;
  int64_t s0, s1, n, c, inner, taps;
  Layout layout;
  bool residual;
  Precision precision = Precision::fp32;
};

class ConvModuleTest : public testing::TestWithParam<Case> {};

TEST_P(ConvModuleTest, MatchesReference) {
  const Case p = GetParam();
  const int64_t per_sequence = p.n * p.c, total = p.s0 * p.s1 * per_sequence;
  const test::ConvModuleWeights w(p.c, p.inner, p.taps, 1);
  const PackedMatrix w1 = PackedMatrix::from_rows(w.w1, 2 * p.inner, p.c);
  const PackedMatrix w2 = PackedMatrix::from_rows(w.w2, p.c, p.inner);
  const Map<4> empty({p.s0, p.s1, p.n, p.c}, p.layout);
  const std::vector<float> values = test::random_values(total, 9), added = test::random_values(total, 10);
  Map<4> x = empty, residual = empty;
  x.fill(values);
  residual.fill(added);
  const Map<4> x_before = x, residual_before = residual;

  ConvModuleArgs args;
  args.norm_weight = make_view<1>(w.norm_weight.data(), {p.c});
  args.norm_bias = make_view<1>(w.norm_bias.data(), {p.c});
  args.w1 = &w1;
  args.b1 = make_view<1>(w.b1.data(), {2 * p.inner});
  args.taps = make_view<2>(w.taps.data(), {p.taps, p.inner});
  args.taps_bias = make_view<1>(w.taps_bias.data(), {p.inner});
  args.w2 = &w2;
  args.b2 = make_view<1>(w.b2.data(), {p.c});
  args.precision = p.precision;
  const auto run = [&](const View<const float, 4>& in, const View<const float, 4>& plus,
                       const View<float, 4>& y, int threads = 2) {
    const test::TestStream stream(p.device, threads);
    test::GuardedWorkspace workspace(
        conv_module_workspace(in.size(0) * in.size(1), p.n, p.c, p.inner, p.taps, stream));
    args.workspace = workspace.get();
    args.x = in;
    args.residual = p.residual ? plus : View<const float, 4>{};
    args.y = y;
    conv_module(args, stream);
  };

  test::Reference ref;
  for (int64_t s = 0; s < p.s0 * p.s1; ++s) {
    const test::Rows y =
        test::conv_module(test::rows_of(values.data() + s * per_sequence, p.n, p.c), w, double{args.eps});
    for (int64_t i = 0; i < per_sequence; ++i) {
      const double plus = p.residual ? added[s * per_sequence + i] : 0.0;
      ref.push({y[i / p.c][i % p.c].value + plus, y[i / p.c][i % p.c].size + std::abs(plus)});
    }
  }
  Map<4> y = empty;
  run(x.view(), residual.view(), y.view());
  test::expect_close(y.values(), ref.values,
                     test::tolerance(std::max({p.c, p.inner, p.taps}), ref.size, 5) +
                         2 * test::operand_rounding(p.precision, ref.size));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(residual.same_bits(residual_before));
  for (int threads : test::thread_counts(p.device)) {
    Map<4> again = empty;
    run(x.view(), residual.view(), again.view(), threads);
    EXPECT_TRUE(y.same_bits(again)) << threads << " threads";
  }
  test::expect_bf16_matters(p.device, args.precision, p.c, y.view().numel(), [&] {
    Map<4> other = empty;
    run(x.view(), residual.view(), other.view());
    return !y.same_bits(other);
  });

  Map<4> alone = empty;
  for (int64_t b = 0; b < p.s0; ++b) {
    run(test::only(x.view(), b), test::only(residual.view(), b), test::only(alone.view(), b));
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a clip's result depends on its batch";

  run(x.view(), residual.view(), x.view());
  EXPECT_EQ(x.values(), y.values()) << "in place";
  if (p.residual) {
    run(x_before.view(), residual.view(), residual.view());
    EXPECT_EQ(residual.values(), y.values()) << "into the residual";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    const bool cpu = device == Device::cpu;
    using List = std::vector<int64_t>;
    for (int64_t taps : {1, 3, 31}) {
      for (Layout layout : {Layout::dense, Layout::slice, Layout::swapped}) {
        for (int64_t c : cpu ? List{1, 3, 4, 12, 33, 64} : List{1, 3, 33}) {
          all.push_back({device, 2, 2, 9, c, 2 * c, taps, layout, c % 2 == 0});
        }
      }
      for (int64_t n :
           cpu ? List{0, 1, 2, 5, 7, 8, 15, 16, 31, 63, 64, 65, 101, 130} : List{0, 1, 15, 64, 65}) {
        all.push_back({device, 2, 1, n, 12, 24, taps, Layout::swapped, n % 2 == 0});
      }
    }
    all.push_back({device, 0, 3, 5, 4, 8, 31, Layout::dense, true});
    all.push_back({device, 1, 2, 70, 4, 5, 31, Layout::dense, true});
    // Sums of 64 outputs at a time on a GPU; 160 channels, or 11 taps, are above 48 KB of shared memory
    // there, by static and dynamic memory together.
    for (int64_t c : {65, 160}) all.push_back({device, 1, 1, 5, c, c, 3, Layout::dense, true});
    all.push_back({device, 1, 1, 12, 4, 8, 11, Layout::dense, true});
    // Rows that a warp of a GPU has in registers in bf16, and sequences of one tile and of several.
    for (int64_t taps : {1, 31}) {
      all.push_back({device, 1, 2, 65, 64, 128, taps, Layout::swapped, true});
      all.push_back({device, 2, 1, 140, 16, 32, taps, Layout::dense, false});
      all.push_back({device, 1, 1, 9, 20, 48, taps, Layout::slice, true});
    }
  }
  all = test::with_precisions(all);
  // So many that a block goes through the tiles of a sequence.
  for (Device device : test::devices()) {
    if (device != Device::cpu)
      all.push_back({device, 264, 1, 130, 4, 16, 3, Layout::dense, true, Precision::bf16});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(ConvModule, ConvModuleTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& p = tested.param;
  return std::string(device_name(p.device)) + "_s" + std::to_string(p.s0) + "x" + std::to_string(p.s1) +
         "_n" + std::to_string(p.n) + "_c" + std::to_string(p.c) + "_i" + std::to_string(p.inner) + "_k" +
         std::to_string(p.taps) + "_" + test::layout_name(p.layout) + (p.residual ? "_residual_" : "_") +
         precision_name(p.precision);
});

TEST(ConvModuleErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const PackedMatrix w1 = PackedMatrix::from_rows({values.data(), 64}, 16, 4);
  const PackedMatrix w2 = PackedMatrix::from_rows({values.data(), 32}, 4, 8);
  ConvModuleArgs args;
  args.x = make_view<4, const float>(values.data(), {1, 2, 3, 4});
  args.norm_weight = args.norm_bias = args.b2 = make_view<1, const float>(values.data(), {4});
  args.w1 = &w1;
  args.b1 = make_view<1, const float>(values.data(), {16});
  args.taps = make_view<2, const float>(values.data(), {3, 8});
  args.taps_bias = make_view<1, const float>(values.data(), {7});
  args.w2 = &w2;
  args.y = make_view<4>(values.data(), {1, 2, 3, 4});
  const test::TestStream stream(Device::cpu);
  try {
    conv_module(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "conv_module: taps_bias: got (7), wanted (8)");
  }
}

}  // namespace
}  // namespace serene
