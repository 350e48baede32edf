#include "kernels/residual_conv/residual_conv.h"

#include "kernels/common/error.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::Layout;
using test::Map;

struct Case {
  Device device = Device::cpu;
  int64_t batch = 2, ti = 7, fi = 9, ci = 3, inner = 8, co = 8, kernel = 5, stride = 2;
  Layout layout = Layout::dense;
  Precision precision = Precision::fp32;

  int64_t to() const { return (ti - 1) / stride + 1; }
  int64_t fo() const { return (fi - 1) / stride + 1; }
  int64_t th() const { return to() + kernel - 1; }
  int64_t fh() const { return fo() + kernel - 1; }
};

class ResidualConvTest : public testing::TestWithParam<Case> {};

TEST_P(ResidualConvTest, MatchesReference) {
  const Case c = GetParam();
  const int64_t taps = c.kernel * c.kernel;
  const std::vector<float> xs = test::random_values(c.batch * c.ti * c.fi * c.ci, 1);
  const std::vector<float> hs = test::random_values(c.batch * c.th() * c.fh() * c.inner, 2);
  const std::vector<float> w = test::random_values(c.co * c.inner * taps, 3);
  const std::vector<float> ws = test::random_values(c.co * c.ci, 4);
  const std::vector<float> bias = test::random_values(c.co, 5), shortcut_bias = test::random_values(c.co, 6);
  const PackedMatrix weight = PackedMatrix::from_conv(w, c.co, c.inner, c.kernel, c.kernel);
  const PackedMatrix shortcut = PackedMatrix::from_rows(ws, c.co, c.ci);
  const Map<4> x = Map<4>({c.batch, c.ti, c.fi, c.ci}, c.layout).fill(xs), x_before = x;
  const Map<4> h = Map<4>({c.batch, c.th(), c.fh(), c.inner}, c.layout).fill(hs), h_before = h;
  const Map<4> empty({c.batch, c.to(), c.fo(), c.co}, c.layout);

  ResidualConvArgs args;
  args.weight = &weight;
  args.kernel = c.kernel;
  args.bias = bias.data();
  args.shortcut = &shortcut;
  args.shortcut_bias = shortcut_bias.data();
  args.stride = c.stride;
  args.precision = c.precision;
  const auto run = [&](int threads) {
    Map<4> y = empty;
    args.h = h.view();
    args.x = x.view();
    args.y = y.view();
    residual_conv(args, test::TestStream(c.device, threads));
    return y;
  };

  std::vector<double> ref;
  double size = 0;  // the largest root of a sum of squared terms
  for (int64_t b = 0; b < c.batch; ++b) {
    for (int64_t t = 0; t < c.to(); ++t) {
      for (int64_t f = 0; f < c.fo(); ++f) {
        for (int64_t o = 0; o < c.co; ++o) {
          double sum = double(bias[o]) + shortcut_bias[o], squares = sum * sum;
          const auto add = [&](double term) {
            sum += term;
            squares += term * term;
          };
          for (int64_t i = 0; i < c.kernel; ++i) {
            for (int64_t j = 0; j < c.kernel; ++j) {
              for (int64_t k = 0; k < c.inner; ++k) {
                add(double(w[((o * c.inner + k) * c.kernel + i) * c.kernel + j]) *
                    hs[((b * c.th() + t + i) * c.fh() + f + j) * c.inner + k]);
              }
            }
          }
          for (int64_t k = 0; k < c.ci; ++k) {
            add(double(ws[o * c.ci + k]) * xs[((b * c.ti + t * c.stride) * c.fi + f * c.stride) * c.ci + k]);
          }
          ref.push_back(std::max(sum, 0.0));
          size = std::max({size, std::abs(sum), std::sqrt(squares)});
        }
      }
    }
  }
  const Map<4> y = run(2);
  test::expect_close(
      y.values(), ref,
      test::tolerance(taps * c.inner + c.ci, size, 2) + test::operand_rounding(c.precision, size));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(h.same_bits(h_before));
  for (int threads : test::thread_counts(c.device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  test::expect_bf16_matters(c.device, args.precision, c.inner, y.view().numel(),
                            [&] { return !y.same_bits(run(1)); });

  Map<4> alone = empty;
  for (int64_t b = 0; b < c.batch; ++b) {
    args.h = test::only(h.view(), b);
    args.x = test::only(x.view(), b);
    args.y = test::only(alone.view(), b);
    residual_conv(args, test::TestStream(c.device));
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a clip's result depends on its batch";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  using List = std::vector<int64_t>;
  for (Device device : test::devices()) {
    const bool cpu = device == Device::cpu;
    for (Layout layout : {Layout::dense, Layout::slice}) {
      List widths = cpu ? List{1, 3, 16, 31, 32, 33, 64, 80} : List{1, 17};
      if (!cpu && layout == Layout::slice) widths.push_back(65);  // seconds on the executor: of one layout
      for (int64_t co : widths) {
        all.push_back({.device = device, .inner = co, .co = co, .layout = layout});
      }
      for (int64_t fi : {1, 2, 3, 10, 24, 25}) {
        all.push_back({.device = device, .ti = 3, .fi = fi, .layout = layout});
        all.push_back({.device = device, .ti = fi, .fi = 4, .co = 17, .layout = layout});
      }
      for (int64_t kernel : cpu ? List{1, 3, 5, 7} : List{1, 5}) {
        for (int64_t stride : {1, 2, 3}) {
          all.push_back({.device = device,
                         .ci = 33,
                         .inner = 4,
                         .co = 12,
                         .kernel = kernel,
                         .stride = stride,
                         .layout = layout});
        }
      }
    }
    all.push_back({.device = device, .batch = 0});
    all.push_back({.device = device, .batch = 1, .ti = 1, .fi = 1, .ci = 1, .inner = 1, .co = 1});
  }
  return test::with_precisions(all);
}

INSTANTIATE_TEST_SUITE_P(ResidualConv, ResidualConvTest, testing::ValuesIn(cases()), [](const auto& tested) {
  const Case& c = tested.param;
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + "_x" + std::to_string(c.ti) +
         "x" + std::to_string(c.fi) + "_c" + std::to_string(c.ci) + "x" + std::to_string(c.inner) + "x" +
         std::to_string(c.co) + "_k" + std::to_string(c.kernel) + "_s" + std::to_string(c.stride) + "_" +
         test::layout_name(c.layout) + "_" + precision_name(c.precision);
});

TEST(ResidualConvErrors, NamesTheArgument) {
  const std::vector<float> values(512, 1.0f);
  const PackedMatrix weight = PackedMatrix::from_conv({values.data(), 2 * 2 * 25}, 2, 2, 5, 5);
  const PackedMatrix shortcut = PackedMatrix::from_rows({values.data(), 6}, 2, 3);
  std::vector<float> out(64);
  ResidualConvArgs args;
  args.h = make_view<4>(values.data(), {1, 6, 7, 2});
  args.weight = &weight;
  args.bias = args.shortcut_bias = values.data();
  args.x = make_view<4>(values.data(), {1, 5, 6, 3});
  args.shortcut = &shortcut;
  args.y = make_view<4>(out.data(), {1, 3, 3, 2});
  const test::TestStream stream(Device::cpu);
  try {
    residual_conv(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "residual_conv: h: got (1, 6, 7, 2), wanted (1, 7, 7, any)");
  }
}

}  // namespace
}  // namespace serene
