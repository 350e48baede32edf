#include "kernels/conv2d/conv2d.h"

#include "kernels/common/error.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::Layout;
using test::Map;

struct Case {
  Device device = Device::cpu;
  int64_t batch = 2, to = 4, fo = 5, ci = 4, co = 16;
  int64_t kernel_t = 2, kernel_f = 3, dilation_t = 1, stride_t = 1, stride_f = 1;
  bool relu = false, bias = true;
  Layout layout = Layout::dense;
  Precision precision = Precision::fp32;

  int64_t ti() const { return (to - 1) * stride_t + (kernel_t - 1) * dilation_t + 1; }
  int64_t fi() const { return (fo - 1) * stride_f + kernel_f; }
};

std::string name(const Case& c) {
  const auto pair = [](const char* key, int64_t a, int64_t b) {
    return std::string("_") + key + std::to_string(a) + "x" + std::to_string(b);
  };
  return std::string(device_name(c.device)) + "_b" + std::to_string(c.batch) + pair("y", c.to, c.fo) +
         pair("c", c.ci, c.co) + pair("k", c.kernel_t, c.kernel_f) + "_d" + std::to_string(c.dilation_t) +
         pair("s", c.stride_t, c.stride_f) + (c.relu ? "_relu" : "") + (c.bias ? "" : "_nobias") + "_" +
         test::layout_name(c.layout) + "_" + precision_name(c.precision);
}

class Conv2dTest : public testing::TestWithParam<Case> {};

// (B, To, Fo, Co), row-major; `size` is the largest root of a sum of squared terms.
std::vector<double> reference(const Case& c, const std::vector<float>& x, const std::vector<float>& w,
                              const std::vector<float>& bias, double* size) {
  std::vector<double> y;
  for (int64_t b = 0; b < c.batch; ++b) {
    for (int64_t t = 0; t < c.to; ++t) {
      for (int64_t f = 0; f < c.fo; ++f) {
        for (int64_t o = 0; o < c.co; ++o) {
          double sum = c.bias ? bias[o] : 0.0, squares = sum * sum;
          for (int64_t i = 0; i < c.kernel_t; ++i) {
            for (int64_t j = 0; j < c.kernel_f; ++j) {
              for (int64_t k = 0; k < c.ci; ++k) {
                const int64_t ti = t * c.stride_t + i * c.dilation_t, fi = f * c.stride_f + j;
                const double term = double(w[((o * c.ci + k) * c.kernel_t + i) * c.kernel_f + j]) *
                                    x[((b * c.ti() + ti) * c.fi() + fi) * c.ci + k];
                sum += term;
                squares += term * term;
              }
            }
          }
          y.push_back(c.relu ? std::max(sum, 0.0) : sum);
          *size = std::max({*size, std::abs(sum), std::sqrt(squares)});
        }
      }
    }
  }
  return y;
}

TEST_P(Conv2dTest, MatchesReference) {
  const Case c = GetParam();
  const int64_t taps = c.kernel_t * c.kernel_f;
  const std::vector<float> values = test::random_values(c.batch * c.ti() * c.fi() * c.ci, 1);
  const std::vector<float> w = test::random_values(c.co * c.ci * taps, 2),
                           bias = test::random_values(c.co, 3);
  const PackedMatrix weight = PackedMatrix::from_conv(w, c.co, c.ci, c.kernel_t, c.kernel_f);
  const Map<4> x = Map<4>({c.batch, c.ti(), c.fi(), c.ci}, c.layout).fill(values), x_before = x;
  const Map<4> empty({c.batch, c.to, c.fo, c.co}, c.layout);

  Conv2dArgs args;
  args.weight = &weight;
  args.kernel_t = c.kernel_t;
  args.kernel_f = c.kernel_f;
  args.dilation_t = c.dilation_t;
  args.stride_t = c.stride_t;
  args.stride_f = c.stride_f;
  args.bias = c.bias ? bias.data() : nullptr;
  args.relu = c.relu;
  args.precision = c.precision;
  const auto run = [&](int threads) {
    Map<4> y = empty;
    args.x = x.view();
    args.y = y.view();
    conv2d(args, test::TestStream(c.device, threads));
    return y;
  };

  const Map<4> y = run(2);
  double size = 0;
  const std::vector<double> ref = reference(c, values, w, bias, &size);
  test::expect_close(y.values(), ref,
                     test::tolerance(taps * c.ci, size) + test::operand_rounding(c.precision, size));
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  for (int threads : test::thread_counts(c.device))
    EXPECT_TRUE(y.same_bits(run(threads))) << threads << " threads";
  test::expect_bf16_matters(c.device, args.precision, c.ci, y.view().numel(),
                            [&] { return !y.same_bits(run(1)); });

  if (conv2d_gives_sums(c.device)) {
    std::vector<double> sums(static_cast<size_t>(c.batch * c.to * 2 * c.co), -1.0), wanted(sums.size(), 0.0);
    args.sums = make_view<4>(sums.data(), {c.batch, c.to, 2, c.co});
    EXPECT_TRUE(y.same_bits(run(3)));
    args.sums = {};
    const std::vector<float> out = y.values();
    for (size_t i = 0; i < out.size(); ++i) {
      const int64_t channel = static_cast<int64_t>(i) % c.co, frame = static_cast<int64_t>(i) / c.co / c.fo;
      wanted[frame * 2 * c.co + channel] += out[i];
      wanted[(frame * 2 + 1) * c.co + channel] += double{out[i]} * out[i];
    }
    for (size_t i = 0; i < sums.size(); ++i)
      ASSERT_NEAR(sums[i], wanted[i], 1e-9 * (1 + std::abs(wanted[i]))) << i;
  }

  Map<4> alone = empty;
  for (int64_t b = 0; b < c.batch; ++b) {
    args.x = test::only(x.view(), b);
    args.y = test::only(alone.view(), b);
    conv2d(args, test::TestStream(c.device));
  }
  EXPECT_TRUE(y.same_bits(alone)) << "a clip's result depends on its batch";
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    // The micro-kernels of the CPU have edges everywhere; a tile of a GPU is 128 positions, 64 channels, 16
    // of K.
    const bool cpu = device == Device::cpu;
    using List = std::vector<int64_t>;
    for (int64_t ci : cpu ? List{1, 3, 4, 12, 16, 33, 64} : List{1, 3, 16, 33}) {
      for (int64_t co : cpu ? List{1, 2, 4, 15, 16, 17, 33, 48, 64, 80, 130} : List{1, 17, 64, 80}) {
        all.push_back({.device = device, .to = 2, .fo = 7, .ci = ci, .co = co});
      }
    }
    for (Layout layout : {Layout::dense, Layout::slice}) {
      for (int64_t fo : cpu ? List{1, 2, 5, 6, 12, 13, 41, 101} : List{1, 42, 43, 44}) {
        for (int64_t co : cpu ? List{4, 17, 40, 64} : List{17}) {
          all.push_back({.device = device, .to = 3, .fo = fo, .ci = 5, .co = co, .layout = layout});
        }
      }
      for (int64_t dilation : {2, 4, 8}) {
        all.push_back({.device = device, .to = 11, .co = 12, .dilation_t = dilation, .layout = layout});
      }
      for (bool relu : {false, true}) {
        const bool bias = !relu;
        for (int64_t co : {1, 33}) {
          const Case base{.device = device, .co = co, .relu = relu, .bias = bias, .layout = layout};
          const auto add = [&](int64_t kt, int64_t kf, int64_t st, int64_t sf) {
            Case c = base;
            c.kernel_t = kt;
            c.kernel_f = kf;
            c.stride_t = st;
            c.stride_f = sf;
            all.push_back(c);
          };
          add(1, 3, 1, 1);
          add(1, 3, 1, 2);
          add(1, 2, 1, 1);
          add(1, 1, 1, 1);
          add(1, 1, 2, 2);
          add(5, 5, 1, 1);
          add(5, 5, 2, 2);
          add(8, 8, 1, 1);
          add(2, 3, 3, 2);
        }
      }
    }
    // Few inputs or few outputs have kernels of their own on a GPU, on either side of their limits.
    for (int64_t fo : {1, 65, 129}) {
      for (int64_t ci : {1, 3, 4})
        all.push_back(
            {.device = device, .to = 1, .fo = fo, .ci = ci, .co = 68, .kernel_t = 1, .kernel_f = 1});
      for (int64_t co : {1, 2, 4, 5})
        all.push_back(
            {.device = device, .to = 3, .fo = fo, .ci = 36, .co = co, .kernel_t = 1, .kernel_f = 2});
    }
    // Maps whose taps of frequency a GPU brings once in bf16: tiles of one, two and three frames, channels of
    // one step and of several, with a last one that is not whole.
    for (int64_t fo : {64, 67, 130}) {
      all.push_back({.device = device, .to = 3, .fo = fo, .ci = 36, .co = 68, .layout = Layout::slice});
      all.push_back({.device = device,
                     .to = 2,
                     .fo = fo,
                     .ci = 4,
                     .co = 7,
                     .kernel_t = 1,
                     .kernel_f = 2,
                     .relu = true});
    }
    all.push_back({.device = device,
                   .batch = 1,
                   .to = 5,
                   .fo = 65,
                   .ci = 64,
                   .co = 16,
                   .dilation_t = 2,
                   .stride_t = 2});
    all.push_back({.device = device, .batch = 0});
    all.push_back({.device = device, .batch = 1, .to = 1, .fo = 1, .ci = 1, .co = 1});
    all.push_back({.device = device, .batch = 3, .to = 5, .fo = 41, .ci = 64, .co = 64});
  }
  return test::with_precisions(all);
}

INSTANTIATE_TEST_SUITE_P(Conv2d, Conv2dTest, testing::ValuesIn(cases()),
                         [](const auto& tested) { return name(tested.param); });

// A layer of a dense block reads and writes runs of channels of one map.
TEST(Conv2dSlab, ReadsBesideWhatItWrites) {
  constexpr int64_t kFrames = 6, kBins = 9, kIn = 24, kOut = 12, kDilation = 4;
  for (Device device : test::devices()) {
    Map<4> slab({2, kFrames + 8, kBins + 2, kOut + kIn});
    slab.fill(test::random_values(slab.view().numel(), 1));
    const Map<4> before = slab;
    const std::vector<float> w = test::random_values(kOut * kIn * 6, 2);
    const PackedMatrix weight = PackedMatrix::from_conv(w, kOut, kIn, 2, 3);
    Map<4> apart({2, kFrames, kBins, kOut});
    Conv2dArgs args;
    args.weight = &weight;
    args.kernel_t = 2;
    args.kernel_f = 3;
    args.dilation_t = kDilation;
    const auto input = [](View<const float, 4> x) {
      x.data += (8 - kDilation) * x.stride[1] + kOut;
      x.shape = {2, kFrames + kDilation, kBins + 2, kIn};
      return x;
    };
    args.x = input(before.view());
    args.y = apart.view();
    const test::TestStream stream(device);
    conv2d(args, stream);
    args.x = input(slab.view());
    args.y = slab.view();
    args.y.data += 8 * args.y.stride[1] + args.y.stride[2];
    args.y.shape = apart.view().shape;
    conv2d(args, stream);

    std::vector<float> wanted = before.values(), result = apart.values();
    for (int64_t i = 0; i < apart.view().numel(); ++i) {
      const int64_t o = i % kOut, f = i / kOut % kBins, t = i / kOut / kBins % kFrames,
                    b = i / kOut / kBins / kFrames;
      wanted[((b * (kFrames + 8) + t + 8) * (kBins + 2) + f + 1) * (kOut + kIn) + o] = result[i];
    }
    EXPECT_EQ(slab.values(), wanted);
  }
}

TEST(Conv2dErrors, NamesTheArgument) {
  const std::vector<float> values(64, 1.0f);
  const PackedMatrix weight = PackedMatrix::from_conv({values.data(), 2 * 2 * 3}, 2, 1, 2, 3);
  std::vector<float> out(64);
  Conv2dArgs args;
  args.x = make_view<4>(values.data(), {1, 6, 5, 1});
  args.weight = &weight;
  args.kernel_t = 2;
  args.kernel_f = 3;
  args.dilation_t = 2;
  args.y = make_view<4>(out.data(), {1, 5, 3, 2});
  const test::TestStream stream(Device::cpu);
  try {
    conv2d(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "conv2d: y: got (1, 5, 3, 2), wanted (1, 4, 3, 2)");
  }
}

TEST(Conv2dErrors, SumsAreTheCpusAlone) {
  std::vector<float> values(64, 1.0f), out(64);
  std::vector<double> sums(64);
  const PackedMatrix weight = PackedMatrix::from_conv({values.data(), 2}, 2, 1, 1, 1);
  Conv2dArgs args;
  args.x = make_view<4, const float>(values.data(), {1, 2, 3, 1});
  args.weight = &weight;
  args.y = make_view<4>(out.data(), {1, 2, 3, 2});
  const auto message = [&](Device device, ErrorKind kind) -> std::string {
    try {
      conv2d(args, test::TestStream(device));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return "";
  };
  args.sums = make_view<4>(sums.data(), {1, 2, 2, 3});
  EXPECT_EQ(message(Device::cpu, ErrorKind::invalid_argument),
            "conv2d: sums: got (1, 2, 2, 3), wanted (1, 2, 2, 2)");
  EXPECT_EQ(message(Device::executor, ErrorKind::unsupported), "conv2d: sums: not on executor");
}

}  // namespace
}  // namespace serene
