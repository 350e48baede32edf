#include "kernels/relative_attention/relative_attention.h"

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
  int64_t s0, s1, n, heads, d, clip;
  Layout layout;
  bool residual;
  Precision precision = Precision::fp32;
  int64_t c() const { return heads * d; }
};

class RelativeAttentionTest : public testing::TestWithParam<Case> {};

TEST_P(RelativeAttentionTest, MatchesReference) {
  const Case p = GetParam();
  const int64_t c = p.c(), per_sequence = p.n * c, total = p.s0 * p.s1 * per_sequence;
  const test::RelativeAttentionWeights w(p.heads, p.d, p.clip, 1);
  const PackedMatrix qkv = PackedMatrix::from_rows(w.qkv, 3 * c, c);
  const PackedMatrix out = PackedMatrix::from_rows(w.out, c, c);
  const DistanceTable distances(w.table, p.clip, p.d);
  const Map<4> empty({p.s0, p.s1, p.n, c}, p.layout);
  const std::vector<float> values = test::random_values(total, 7), added = test::random_values(total, 8);
  Map<4> x = empty, residual = empty;
  x.fill(values);
  residual.fill(added);
  const Map<4> x_before = x, residual_before = residual;

  RelativeAttentionArgs args;
  args.norm_weight = make_view<1>(w.norm_weight.data(), {c});
  args.norm_bias = make_view<1>(w.norm_bias.data(), {c});
  args.qkv = &qkv;
  args.out = &out;
  args.out_bias = make_view<1>(w.out_bias.data(), {c});
  args.distances = &distances;
  args.heads = p.heads;
  args.precision = p.precision;
  const auto run = [&](const View<const float, 4>& in, const View<const float, 4>& plus,
                       const View<float, 4>& y, int threads = 2) {
    const test::TestStream stream(p.device, threads);
    test::GuardedWorkspace workspace(
        relative_attention_workspace(in.size(0) * in.size(1), p.n, c, p.heads, stream));
    args.workspace = workspace.get();
    args.x = in;
    args.residual = p.residual ? plus : View<const float, 4>{};
    args.y = y;
    relative_attention(args, stream);
  };

  test::Reference ref;
  for (int64_t s = 0; s < p.s0 * p.s1; ++s) {
    const test::Rows y = test::relative_attention(test::rows_of(values.data() + s * per_sequence, p.n, c), w,
                                                  double{args.eps});
    for (int64_t i = 0; i < per_sequence; ++i) {
      const double plus = p.residual ? added[s * per_sequence + i] : 0.0;
      ref.push({y[i / c][i % c].value + plus, y[i / c][i % c].size + std::abs(plus)});
    }
  }
  Map<4> y = empty;
  run(x.view(), residual.view(), y.view());
  // Four products follow one another, each of operands that are rounded once: projections of normed rows;
  // queries with keys and distances; shares with values; heads with the output's weights. A logit that is off
  // moves an output by what `size` has of it.
  const auto bound = [&](double size) {
    return test::tolerance(std::max(c, p.n), size, 4) + 4 * test::operand_rounding(p.precision, size);
  };
  test::expect_close(y.values(), ref.values, bound(ref.size));
  test::expect_close_on_average(y.values(), ref.values, bound(ref.mean_size()) / 4);
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
  using List = std::vector<int64_t>;
  for (Device device : test::devices()) {
    const bool cpu = device == Device::cpu;
    for (int64_t heads : {1, 4}) {
      for (int64_t d : {1, 3, 4, 16, 20}) {
        all.push_back({device, 2, 3, 7, heads, d, 512, Layout::swapped, true});
        all.push_back({device, 2, 1, cpu ? 33 : 11, heads, d, 8, Layout::slice, false});
      }
      // Tiles of six queries.
      for (int64_t n : cpu ? List{1, 2, 5, 6, 7, 31, 32, 33, 64, 65, 101} : List{}) {
        for (int64_t clip : {0, 3, 8, 16, 512}) {
          all.push_back(
              {device, 1, 2, n, heads, 4, clip, clip == 8 ? Layout::swapped : Layout::dense, n % 2 == 1});
        }
      }
    }
    // On a GPU 128 queries a block, 64 keys a tile, rows of distances in a ring of 256; in fp32 eight keys at
    // a time, otherwise 32 queries a warp, 16 of them and 16 keys a product, 32 keys at a time.
    const List widths = {4, 32, 16, 32, 8, 16}, clips = {512, 8, 0, 40, 3};
    int64_t i = 0;
    for (int64_t n :
         cpu ? List{} : List{1, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 79, 80, 81, 127, 128, 129, 193}) {
      for (int64_t again = 0; again < 2; ++again, ++i) {
        all.push_back({device, 2, 1, n, n < 64 ? 2 : 1, widths[i % 6], clips[i % 5],
                       again == 1 ? Layout::swapped : Layout::dense, n % 2 == 1});
      }
    }
    all.push_back({device, 0, 3, 5, 4, 4, 8, Layout::dense, true});
    all.push_back({device, 2, 0, 5, 4, 4, 8, Layout::dense, true});
    all.push_back({device, 1, 2, cpu ? 210 : 140, cpu ? 4 : 1, 16, 40, Layout::swapped, true});
    // Above 48 KB of shared memory in its projections, by static and dynamic memory together.
    all.push_back({device, 1, 1, 3, 5, 32, 8, Layout::dense, true});
  }
  all = test::with_precisions(all);
  for (Device device : test::devices()) {
    if (device == Device::cpu) continue;
    // Three times round the ring, in both places of a pair of tiles.
    for (Precision precision : {Precision::tf32, Precision::bf16})
      all.push_back({device, 1, 1, 801, 1, 16, 512, Layout::dense, false, precision});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(RelativeAttention, RelativeAttentionTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& p = tested.param;
                           return std::string(device_name(p.device)) + "_s" + std::to_string(p.s0) + "x" +
                                  std::to_string(p.s1) + "_n" + std::to_string(p.n) + "_h" +
                                  std::to_string(p.heads) + "_d" + std::to_string(p.d) + "_clip" +
                                  std::to_string(p.clip) + "_" + test::layout_name(p.layout) +
                                  (p.residual ? "_residual_" : "_") + precision_name(p.precision);
                         });

TEST(RelativeAttentionErrors, NamesTheArgument) {
  std::vector<float> values(64, 1.0f);
  const PackedMatrix qkv = PackedMatrix::from_rows({values.data(), 48}, 12, 4);
  const PackedMatrix out = PackedMatrix::from_rows({values.data(), 16}, 4, 4);
  const DistanceTable distances({values.data(), 7 * 2}, 3, 2);
  RelativeAttentionArgs args;
  args.x = make_view<4, const float>(values.data(), {1, 2, 3, 4});
  args.norm_weight = args.norm_bias = args.out_bias = make_view<1, const float>(values.data(), {4});
  args.qkv = &qkv;
  args.out = &out;
  args.distances = &distances;
  args.heads = 2;
  args.y = make_view<4>(values.data(), {1, 3, 2, 4});
  const test::TestStream stream(Device::cpu);
  try {
    relative_attention(args, stream);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "relative_attention: y: got (1, 3, 2, 4), wanted (1, 2, 3, 4)");
  }
}

}  // namespace
}  // namespace serene
