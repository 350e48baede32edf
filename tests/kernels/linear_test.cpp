#include "kernels/linear/linear.h"

#include <bit>

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/reference.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;

struct Case {
  Device device;
  int64_t rows, k, n, padding;  // padding: unused floats at the end of each row
  Activation activation;
  bool bias, residual;
  Precision precision = Precision::fp32;
};

class LinearTest : public testing::TestWithParam<Case> {};

TEST_P(LinearTest, MatchesReference) {
  const auto [device, rows, k, n, padding, activation, with_bias, with_residual, precision] = GetParam();
  const Map<2> empty_x({rows, k}, {rows, k + padding}, {0, 0}),
      empty_y({rows, n}, {rows, n + padding}, {0, 0});
  const std::vector<float> values = test::random_values(rows * k, 1),
                           added = test::random_values(rows * n, 2), bias = test::random_values(n, 3);
  const std::vector<float> weight =
      test::random_values(n * k, 4, 1 / std::sqrt(static_cast<float>(std::max<int64_t>(k, 1))));
  const PackedMatrix packed = PackedMatrix::from_rows(weight, n, k);
  Map<2> x = empty_x, residual = empty_y;
  x.fill(values);
  residual.fill(added);
  const Map<2> x_before = x, residual_before = residual;

  LinearArgs args;
  args.weight = &packed;
  if (with_bias) args.bias = make_view<1>(bias.data(), {n});
  args.activation = activation;
  args.precision = precision;
  const auto run = [&](const View<const float, 2>& in, const View<const float, 2>& plus,
                       const View<float, 2>& out, int threads = 2) {
    const test::TestStream stream(device, threads);
    test::GuardedWorkspace workspace(linear_workspace(in.size(0), packed, args.precision, stream));
    args.workspace = workspace.get();
    args.x = in;
    args.residual = with_residual ? plus : View<const float, 2>{};
    args.y = out;
    linear(args, stream);
  };

  test::Reference ref;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < n; ++o) {
      double sum = with_bias ? bias[o] : 0.0, squares = sum * sum;
      for (int64_t i = 0; i < k; ++i) {
        const double term = double{weight[o * k + i]} * values[r * k + i];
        sum += term;
        squares += term * term;
      }
      test::Sized y{sum, std::sqrt(squares)};
      if (activation == Activation::gelu) y = test::gelu(y);
      if (activation == Activation::relu) y.value = std::max(y.value, 0.0);
      const double plus = with_residual ? added[r * n + o] : 0.0;
      ref.push({y.value + plus, y.size + std::abs(plus)});
    }
  }
  Map<2> y = empty_y;
  run(x.view(), residual.view(), y.view());
  test::expect_close(y.values(), ref.values,
                     test::tolerance(k, ref.size, 2) + test::operand_rounding(precision, ref.size));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(residual.same_bits(residual_before));
  for (int threads : test::thread_counts(device)) {
    Map<2> again = empty_y;
    run(x.view(), residual.view(), again.view(), threads);
    EXPECT_TRUE(y.same_bits(again)) << threads << " threads";
  }
  test::expect_bf16_matters(device, args.precision, k, k > 1 ? y.view().numel() : 0, [&] {
    Map<2> other = empty_y;
    run(x.view(), residual.view(), other.view());
    return !y.same_bits(other);
  });

  // A row's result must not depend on the others. On the executor not every row: it is slow.
  Map<2> alone = device == Device::cpu ? empty_y : y;
  for (int64_t r = 0; r < rows; r += device == Device::cpu ? 1 : 129) {
    run(test::only(x.view(), r), test::only(residual.view(), r), test::only(alone.view(), r), 1);
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a row's result depends on the others";

  if (with_residual) {
    run(x.view(), residual.view(), residual.view());
    EXPECT_EQ(residual.values(), y.values()) << "into the residual";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  constexpr Activation kNone = Activation::none, kGelu = Activation::gelu, kRelu = Activation::relu;
  for (Device device : test::devices()) {
    for (Activation activation : {kNone, kGelu, kRelu}) {
      for (auto [rows, k, n] : {std::array<int64_t, 3>{0, 8, 8},
                                {1, 1, 1},
                                {3, 1, 3},
                                {2, 3, 17},
                                {5, 31, 33},
                                {7, 32, 32},
                                {6, 33, 31},
                                {13, 64, 65},
                                {129, 20, 70}}) {
        all.push_back({device, rows, k, n, n % 3, activation, n % 2 == 1, activation == kGelu});
      }
    }
    if (device == Device::executor) continue;
    // Several blocks of rows and groups of columns; K in parts, with the sums in y and beside the residual.
    all.push_back({device, 200, 48, 300, 0, kGelu, true, false});
    all.push_back({device, 25, 3105, 131, 1, kRelu, true, false});
    for (int64_t k : {3072, 3105, 4096}) {
      all.push_back({device, 25, k, 131, 1, kGelu, true, false});
      all.push_back({device, 25, k, 131, 1, kNone, true, true});
    }
  }
  all = test::with_precisions(all);
  // So many columns that the larger of a GPU's tiles in bf16 are taken.
  for (Device device : test::devices())
    all.push_back({device, 3, 36, 16900, 0, kNone, true, false, Precision::bf16});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Linear, LinearTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_r" + std::to_string(c.rows) + "_k" + std::to_string(c.k) +
         "_n" + std::to_string(c.n) + "_pad" + std::to_string(c.padding) +
         (c.activation == Activation::gelu   ? "_gelu"
          : c.activation == Activation::relu ? "_relu"
                                             : "") +
         (c.residual ? "_residual_" : "_") + precision_name(c.precision);
});

// The epilogue's GELU by itself, over all sizes of its argument: the product is with one.
TEST(LinearGelu, MatchesReferenceEverywhere) {
  for (Device device : test::devices()) {
    std::vector<float> x = {0.0f, -0.0f, 1e-30f, -1e-30f, 3e38f, -3e38f, 12.5f, -12.5f};
    for (int i = -2000; i <= 2000; ++i) x.push_back(static_cast<float>(i) * 0.00731f);
    const int64_t n = static_cast<int64_t>(x.size());
    const std::vector<float> one(1, 1.0f);
    const PackedMatrix packed = PackedMatrix::from_rows(one, 1, 1);
    std::vector<float> y(x.size());
    const test::TestStream stream(device);
    test::GuardedWorkspace workspace(linear_workspace(n, packed, Precision::fp32, stream));
    LinearArgs args;
    args.x = make_view<2, const float>(x.data(), {n, 1});
    args.weight = &packed;
    args.activation = Activation::gelu;
    args.y = make_view<2>(y.data(), {n, 1});
    args.workspace = workspace.get();
    linear(args, stream);
    for (size_t i = 0; i < x.size(); ++i) {
      const double value = x[i], wanted = value * 0.5 * std::erfc(-value / std::sqrt(2.0));
      EXPECT_NEAR(y[i], wanted, test::tolerance(1, std::abs(value))) << "of " << x[i];
    }
  }
}

// A weight kept as bf16 computes what its values as floats do, in either precision.
TEST(LinearBf16Weight, GivesTheBitsOfItsValues) {
  for (const auto& [rows, k, n] : {std::array<int64_t, 3>{0, 2, 3},
                                   {1, 2, 1},
                                   {5, 34, 17},
                                   {7, 32, 64},
                                   {25, 768, 131},
                                   {200, 48, 300},
                                   {3, 3104, 1600}}) {
    std::vector<float> weight = test::random_values(n * k, 4);
    for (float& w : weight) w = std::bit_cast<float>(std::bit_cast<uint32_t>(w) & 0xFFFF0000u);
    const PackedMatrix wide = PackedMatrix::from_rows(weight, n, k),
                       narrow = PackedMatrix::bf16_from_rows(weight, n, k);
    EXPECT_TRUE(narrow.is_bf16());
    EXPECT_EQ(narrow.data(), nullptr);
    const std::vector<float> x = test::random_values(rows * k, 1), bias = test::random_values(n, 2),
                             residual = test::random_values(rows * n, 3);
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      const auto run = [&, rows = rows, k = k, n = n](const PackedMatrix& packed, int threads) {
        const test::TestStream stream(Device::cpu, threads);
        std::vector<float> y(static_cast<size_t>(rows * n));
        test::GuardedWorkspace workspace(linear_workspace(rows, packed, precision, stream));
        LinearArgs args;
        args.x = make_view<2>(x.data(), {rows, k});
        args.weight = &packed;
        args.bias = make_view<1>(bias.data(), {n});
        args.residual = make_view<2>(residual.data(), {rows, n});
        args.activation = Activation::gelu;
        args.precision = precision;
        args.y = make_view<2>(y.data(), {rows, n});
        args.workspace = workspace.get();
        linear(args, stream);
        return y;
      };
      const std::vector<float> wanted = run(wide, 1);
      for (int threads : {1, 3})
        EXPECT_TRUE(test::same_bits(run(narrow, threads), wanted)) << rows << ' ' << k << ' ' << n;
    }
  }
}

TEST(LinearErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const PackedMatrix weight = PackedMatrix::from_rows({values.data(), 32}, 8, 4);
  const test::TestStream stream(Device::cpu);
  LinearArgs args;
  args.x = make_view<2, const float>(values.data(), {2, 4});
  args.weight = &weight;
  args.bias = make_view<1, const float>(values.data(), {4});
  args.y = make_view<2>(values.data(), {2, 8});
  const auto message = [&] {
    return test::refusal([&] { linear(args, stream); }, ErrorKind::invalid_argument);
  };
  EXPECT_EQ(message(), "linear: bias: got (4), wanted (8)");
  args.bias = {};
  args.activation = Activation::silu;
  EXPECT_EQ(message(), "linear: activation: got something else, wanted none, relu or gelu");
  args.activation = Activation::none;
  args.x.shape[1] = 5;
  EXPECT_EQ(message(), "linear: x: got (2, 5), wanted (any, 4)");
}

}  // namespace
}  // namespace serene
