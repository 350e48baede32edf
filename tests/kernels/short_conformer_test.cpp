#include "kernels/short_conformer/short_conformer.h"

#include "kernels/common/error.h"
#include "tests/support/conformer_reference.h"
#include "tests/support/map.h"
#include "tests/support/op_test.h"

namespace serene {
namespace {

using test::Layout;
using test::Map;
using test::Rows;

// Modules whose outputs count. Rounding to bf16 grows from module to module, and would hide what goes wrong
// in one of them.
enum class Modules { all, feed_forward, attention, convolution };

const char* name_of(Modules modules) {
  switch (modules) {
    case Modules::feed_forward:
      return "_ff";
    case Modules::attention:
      return "_attention";
    case Modules::convolution:
      return "_convolution";
    default:
      return "";
  }
}

struct Case {
  Device device;
  int64_t s0, s1, n, heads, d, clip, taps;
  Layout layout;
  bool residual;
  Modules modules = Modules::all;
  Precision precision = Precision::fp32;
  int64_t c() const { return heads * d; }
};

class ShortConformerTest : public testing::TestWithParam<Case> {};

// As large as those of a trained block, whose norms have weights near one: rounding grows from module to
// module, and the tolerance with it.
void temper(std::vector<float>& norm_weight, std::vector<float>& norm_bias) {
  for (float& w : norm_weight) w = 1 + 0.2f * w;
  for (float& b : norm_bias) b *= 0.2f;
}

struct Weights {
  test::FeedForwardWeights ff1, ff2;
  test::RelativeAttentionWeights attention;
  test::ConvModuleWeights convolution;
  std::vector<float> norm_weight, norm_bias;
  PackedMatrix ff1_w1, ff1_w2, ff2_w1, ff2_w2, qkv, out, w1, w2;
  DistanceTable distances;

  // Hidden and inner layers are not whole tiles, but at the published width.
  static int64_t hidden(int64_t c) { return c == 64 ? 256 : 4 * c + 2; }
  static int64_t inner(int64_t c) { return c == 64 ? 128 : 2 * c + 1; }

  explicit Weights(const Case& p)
      : ff1(p.c(), hidden(p.c()), 1),
        ff2(p.c(), hidden(p.c()), 11),
        attention(p.heads, p.d, p.clip, 21),
        convolution(p.c(), inner(p.c()), p.taps, 31),
        norm_weight(test::random_values(p.c(), 41)),
        norm_bias(test::random_values(p.c(), 42)) {
    temper(ff1.norm_weight, ff1.norm_bias);
    temper(ff2.norm_weight, ff2.norm_bias);
    temper(attention.norm_weight, attention.norm_bias);
    temper(convolution.norm_weight, convolution.norm_bias);
    temper(norm_weight, norm_bias);
    const auto silence = [&](Modules modules, std::vector<float>& weight, std::vector<float>& bias) {
      if (p.modules == Modules::all || p.modules == modules) return;
      std::fill(weight.begin(), weight.end(), 0.0f);
      std::fill(bias.begin(), bias.end(), 0.0f);
    };
    silence(Modules::feed_forward, ff1.w2, ff1.b2);
    silence(Modules::feed_forward, ff2.w2, ff2.b2);
    silence(Modules::attention, attention.out, attention.out_bias);
    silence(Modules::convolution, convolution.w2, convolution.b2);
    const int64_t c = p.c(), h = hidden(c), i = inner(c);
    ff1_w1 = PackedMatrix::from_rows(ff1.w1, h, c);
    ff1_w2 = PackedMatrix::from_rows(ff1.w2, c, h);
    ff2_w1 = PackedMatrix::from_rows(ff2.w1, h, c);
    ff2_w2 = PackedMatrix::from_rows(ff2.w2, c, h);
    qkv = PackedMatrix::from_rows(attention.qkv, 3 * c, c);
    out = PackedMatrix::from_rows(attention.out, c, c);
    w1 = PackedMatrix::from_rows(convolution.w1, 2 * i, c);
    w2 = PackedMatrix::from_rows(convolution.w2, c, i);
    distances = DistanceTable(attention.table, p.clip, p.d);
  }

  ShortConformerArgs args() const {
    const auto vector = [](const std::vector<float>& v) {
      return make_view<1>(v.data(), {static_cast<int64_t>(v.size())});
    };
    ShortConformerArgs args;
    args.ff1.norm_weight = vector(ff1.norm_weight);
    args.ff1.norm_bias = vector(ff1.norm_bias);
    args.ff1.w1 = &ff1_w1;
    args.ff1.b1 = vector(ff1.b1);
    args.ff1.w2 = &ff1_w2;
    args.ff1.b2 = vector(ff1.b2);
    args.ff2.norm_weight = vector(ff2.norm_weight);
    args.ff2.norm_bias = vector(ff2.norm_bias);
    args.ff2.w1 = &ff2_w1;
    args.ff2.b1 = vector(ff2.b1);
    args.ff2.w2 = &ff2_w2;
    args.ff2.b2 = vector(ff2.b2);
    args.attention.norm_weight = vector(attention.norm_weight);
    args.attention.norm_bias = vector(attention.norm_bias);
    args.attention.qkv = &qkv;
    args.attention.out = &out;
    args.attention.out_bias = vector(attention.out_bias);
    args.attention.distances = &distances;
    args.attention.heads = attention.heads;
    args.convolution.norm_weight = vector(convolution.norm_weight);
    args.convolution.norm_bias = vector(convolution.norm_bias);
    args.convolution.w1 = &w1;
    args.convolution.b1 = vector(convolution.b1);
    args.convolution.taps = make_view<2>(convolution.taps.data(), {convolution.count, convolution.inner});
    args.convolution.taps_bias = vector(convolution.taps_bias);
    args.convolution.w2 = &w2;
    args.convolution.b2 = vector(convolution.b2);
    args.norm.weight = vector(norm_weight);
    args.norm.bias = vector(norm_bias);
    return args;
  }
};

void add(Rows& x, const Rows& y, double scale) {
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t k = 0; k < x[i].size(); ++k) {
      x[i][k].value += scale * y[i][k].value;
      x[i][k].size = std::hypot(x[i][k].size, scale * y[i][k].size);
    }
  }
}

// y of one sequence without the residual.
Rows reference(Rows h, const Weights& w, double eps) {
  const auto feed = [&](const test::FeedForwardWeights& ff) {
    Rows y;
    for (const auto& row : h) y.push_back(test::feed_forward(row, ff, eps));
    add(h, y, 0.5);
  };
  feed(w.ff1);
  add(h, test::relative_attention(h, w.attention, eps), 1);
  add(h, test::conv_module(h, w.convolution, eps), 1);
  feed(w.ff2);
  for (auto& row : h) row = test::layer_norm_row(row, w.norm_weight, w.norm_bias, eps);
  return h;
}

TEST_P(ShortConformerTest, MatchesReference) {
  const Case p = GetParam();
  const int64_t c = p.c(), per_sequence = p.n * c, total = p.s0 * p.s1 * per_sequence;
  const Weights w(p);
  const Map<4> empty({p.s0, p.s1, p.n, c}, p.layout);
  const std::vector<float> values = test::random_values(total, 51), added = test::random_values(total, 52);
  Map<4> x = empty, residual = empty;
  x.fill(values);
  residual.fill(added);
  const Map<4> x_before = x, residual_before = residual;

  ShortConformerArgs args = w.args();
  args.precision = p.precision;
  const auto run = [&](const View<const float, 4>& in, const View<const float, 4>& plus,
                       const View<float, 4>& y, int threads = 2) {
    const test::TestStream stream(p.device, threads);
    args.x = in;
    args.residual = p.residual ? plus : View<const float, 4>{};
    args.y = y;
    test::GuardedWorkspace workspace(short_conformer_workspace(args, stream));
    args.workspace = workspace.get();
    short_conformer(args, stream);
  };

  test::Reference ref;
  for (int64_t s = 0; s < p.s0 * p.s1; ++s) {
    const Rows y =
        reference(test::rows_of(values.data() + s * per_sequence, p.n, c), w, double{args.norm.eps});
    for (int64_t i = 0; i < per_sequence; ++i) {
      const double plus = p.residual ? added[s * per_sequence + i] : 0.0;
      ref.push({y[i / c][i % c].value + plus, y[i / c][i % c].size + std::abs(plus)});
    }
  }
  Map<4> y = empty;
  run(x.view(), residual.view(), y.view());
  // The modules' roundings follow one another.
  const int64_t reduction = std::max(4 * c, p.n);
  constexpr double kSteps = 18;
  test::expect_close(
      y.values(), ref.values,
      test::tolerance(reduction, ref.size, kSteps) + 2 * test::operand_rounding(p.precision, ref.size));
  test::expect_close_on_average(y.values(), ref.values,
                                (test::tolerance(reduction, ref.mean_size(), kSteps) +
                                 test::operand_rounding(p.precision, ref.mean_size())) /
                                    4);
  y.expect_only_view_written();
  EXPECT_TRUE(x.same_bits(x_before));
  EXPECT_TRUE(residual.same_bits(residual_before));
  for (int threads : test::thread_counts(p.device)) {
    Map<4> again = empty;
    run(x.view(), residual.view(), again.view(), threads);
    EXPECT_TRUE(y.same_bits(again)) << threads << " threads";
  }
  test::expect_bf16_matters(p.device, args.precision, c, y.view().numel(), [&] {
    Map<4> other = empty;
    run(x.view(), residual.view(), other.view());
    return !y.same_bits(other);
  });

  if (p.s0 > 1) {
    Map<4> alone = empty;
    for (int64_t b = 0; b < p.s0; ++b) {
      run(test::only(x.view(), b), test::only(residual.view(), b), test::only(alone.view(), b));
    }
    EXPECT_TRUE(y.same_bits(alone)) << "a clip's result depends on its batch";
  }

  if (p.residual) {
    run(x.view(), residual.view(), residual.view());
    EXPECT_EQ(residual.values(), y.values()) << "into the residual";
    run(x.view(), residual_before.view(), x.view());
    EXPECT_EQ(x.values(), y.values()) << "in place";
  }
}

std::vector<Case> cases() {
  std::vector<Case> each, all;
  for (Device device : test::devices()) {
    // As the network has it.
    each.push_back({device, 1, 1, 101, 4, 16, 512, 31, Layout::dense, true});
    each.push_back({device, 3, 1, 3, 4, 4, 512, 31, Layout::slice, true});
    each.push_back({device, 1, 1, 20, 4, 8, 12, 5, Layout::swapped, false});
    each.push_back({device, 0, 3, 5, 4, 4, 8, 31, Layout::dense, true});
    each.push_back({device, 2, 0, 5, 4, 4, 8, 31, Layout::dense, true});
  }
  all = test::with_precisions(each);
  // tf32 differs from fp32 in products alone, which those have shown.
  for (Device device : test::devices()) {
    for (Precision precision : {Precision::fp32, Precision::bf16}) {
      const auto with = [&](Case c) {
        c.precision = precision;
        all.push_back(c);
      };
      const bool sharp = precision == Precision::fp32;
      for (Modules modules : {Modules::feed_forward, Modules::attention, Modules::convolution}) {
        if (sharp) continue;  // all modules together leave nothing to hide in
        for (int64_t n : {3, 40}) with({device, 1, 1, n, 4, 16, 512, 31, Layout::dense, false, modules});
        with({device, 1, 1, 65, 3, 5, 12, 31, Layout::dense, false, modules});
      }
      // The network's small relatives of the tests.
      for (int64_t d : {2, 3}) with({device, 1, 1, 101, 4, d, 512, 31, Layout::dense, d == 3});
      with({device, 1, 2, 33, 4, 4, 512, 31, Layout::dense, true});
      // Warps have 16 queries and 32 keys at a time; a tile has 128 positions, of which the table may hold
      // few.
      for (int64_t n : {1, 15, 16, 17, 31, 32, 33, 127, 128}) {
        with({device, 1, 1, n, 4, n == 128 && !sharp ? 16 : 4, n % 2 == 0 ? 8 : 512, n % 3 == 0 ? 3 : 31,
              n % 2 == 0 ? Layout::swapped : Layout::slice, n == 15});
      }
      for (auto [heads, d] : {std::array<int64_t, 2>{1, 1}, {1, 5}, {3, 7}, {2, 16}, {4, 9}}) {
        with({device, 1, 1, 18, heads, d, 12, d == 16 ? 1 : 5, Layout::dense, false});
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(ShortConformer, ShortConformerTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& p = tested.param;
                           return std::string(device_name(p.device)) + "_s" + std::to_string(p.s0) + "x" +
                                  std::to_string(p.s1) + "_n" + std::to_string(p.n) + "_h" +
                                  std::to_string(p.heads) + "_d" + std::to_string(p.d) + "_clip" +
                                  std::to_string(p.clip) + "_k" + std::to_string(p.taps) + "_" +
                                  test::layout_name(p.layout) + (p.residual ? "_residual" : "") +
                                  name_of(p.modules) + "_" + precision_name(p.precision);
                         });

// As the runtime composes them where the op does not fit.
TEST(ShortConformerParts, AreItsOpsToTheBit) {
  const Case p{Device::cpu, 2, 3, 33, 4, 4, 512, 31, Layout::dense, true};
  const Weights w(p);
  const int64_t rows = p.s0 * p.s1 * p.n, c = p.c();
  std::vector<float> x = test::random_values(rows * c, 1), h(x.size()), y(x.size());
  const View<float, 4> map = make_view<4>(h.data(), {p.s0, p.s1, p.n, c});
  const test::TestStream stream(Device::cpu);
  ShortConformerArgs args = w.args();
  args.x = args.residual = make_view<4, const float>(x.data(), map.shape);
  args.y = make_view<4>(y.data(), map.shape);
  std::vector<std::byte> workspace(short_conformer_workspace(args, stream));
  args.workspace = workspace;
  short_conformer(args, stream);

  const auto feed = [&](FeedForwardArgs ff, const float* from) {
    ff.x = ff.residual = make_view<2>(from, {rows, c});
    ff.y = make_view<2>(h.data(), {rows, c});
    ff.workspace = workspace;
    feed_forward(ff, stream);
  };
  feed(args.ff1, x.data());
  args.attention.x = args.attention.residual = args.attention.y = map;
  args.attention.workspace = workspace;
  relative_attention(args.attention, stream);
  args.convolution.x = args.convolution.residual = args.convolution.y = map;
  args.convolution.workspace = workspace;
  conv_module(args.convolution, stream);
  feed(args.ff2, h.data());
  args.norm.x = make_view<2, const float>(h.data(), {rows, c});
  args.norm.residual = make_view<2, const float>(x.data(), {rows, c});
  args.norm.y = make_view<2>(x.data(), {rows, c});
  layer_norm(args.norm, stream);
  EXPECT_EQ(x, y);
}

TEST(ShortConformerErrors, NamesTheArgument) {
  const Case p{Device::cpu, 1, 1, 3, 2, 2, 4, 3, Layout::dense, true};
  const Weights w(p);
  std::vector<float> values(64, 1.0f);
  ShortConformerArgs args = w.args();
  args.x = make_view<4, const float>(values.data(), {1, 1, 3, 4});
  args.y = make_view<4>(values.data(), {1, 1, 3, 4});
  args.convolution.b2 = make_view<1, const float>(values.data(), {5});
  const test::TestStream stream(Device::cpu);
  try {
    short_conformer(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "short_conformer: convolution: b2: got (5), wanted (4)");
  }
}

TEST(ShortConformerErrors, SaysWhatDoesNotFitAGpu) {
  const Case p{Device::executor, 1, 1, 129, 4, 1, 4, 3, Layout::dense, false};
  const Weights w(p);
  std::vector<float> values(129 * 4, 1.0f);
  ShortConformerArgs args = w.args();
  args.x = make_view<4, const float>(values.data(), {1, 1, 129, 4});
  args.y = make_view<4>(values.data(), {1, 1, 129, 4});
  const test::TestStream stream(Device::executor);
  try {
    short_conformer(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
  EXPECT_FALSE(short_conformer_fits(129, 64, 4, 31, Precision::fp32, stream));
  EXPECT_FALSE(short_conformer_fits(101, 68, 4, 31, Precision::fp32, stream));
  EXPECT_FALSE(short_conformer_fits(101, 64, 2, 31, Precision::fp32, stream));
  EXPECT_FALSE(short_conformer_fits(101, 64, 4, 33, Precision::fp32, stream));
  EXPECT_TRUE(short_conformer_fits(128, 64, 4, 31, Precision::fp32, stream));
  // Smaller GPUs have 99 KB a block, Ampere's largest 163.
  Stream small = stream;
  small.most_shared = 163 * 1024;
  EXPECT_TRUE(short_conformer_fits(128, 64, 4, 31, Precision::fp32, small));
  small.most_shared = 99 * 1024;
  EXPECT_FALSE(short_conformer_fits(128, 64, 4, 31, Precision::tf32, small));
  EXPECT_TRUE(short_conformer_fits(128, 64, 4, 31, Precision::bf16, small));
  small.most_shared = 64 * 1024;
  EXPECT_FALSE(short_conformer_fits(128, 64, 4, 31, Precision::bf16, small));
  EXPECT_TRUE(short_conformer_fits(801, 256, 4, 31, Precision::fp32, test::TestStream(Device::cpu)));
}

}  // namespace
}  // namespace serene
