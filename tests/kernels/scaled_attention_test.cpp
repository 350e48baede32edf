#include "kernels/scaled_attention/scaled_attention.h"

#include "tests/support/map.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"
#include "tests/support/reference.h"
#include "tests/support/refusal.h"

namespace serene {
namespace {

using test::Map;
using test::RaggedClips;

enum class Bias { none, plain, gated };

struct Case {
  Device device;
  std::vector<int64_t> lengths;
  int64_t heads, d;
  Bias bias = Bias::none;
  float logits = 1;  // their deviation
  Precision precision = Precision::fp32;
  int64_t padding = 3;  // of rows; with 4 they are at 16 bytes, where d is a multiple of four
};

class ScaledAttentionTest : public testing::TestWithParam<Case> {};

// Head h of a clip's row i, with the size of the rounding errors to expect.
std::vector<test::Sized> attend(const Case& c, const float* qkv, int64_t n, int64_t i, int64_t h,
                                const float* bias, const float* gate) {
  const int64_t wide = 3 * c.heads * c.d, at = h * c.d;
  std::vector<double> logits(n), off(n);
  double highest = -1e300, total = 0;
  for (int64_t j = 0; j < n; ++j) {
    double sum = 0, squares = 0;
    for (int64_t k = 0; k < c.d; ++k) {
      const double term = double{qkv[i * wide + at + k]} * qkv[j * wide + c.heads * c.d + at + k];
      sum += term;
      squares += term * term;
    }
    const double scale = 1 / std::sqrt(double(c.d));
    const double added = bias == nullptr ? 0.0 : bias[j - i] * (gate == nullptr ? 1.0 : double{gate[h]});
    logits[j] = sum * scale + added;
    off[j] = std::hypot(std::sqrt(squares) * scale, added);
    highest = std::max(highest, logits[j]);
  }
  for (double& a : logits) total += a = std::exp(a - highest);
  std::vector<test::Sized> y(c.d);
  for (int64_t k = 0; k < c.d; ++k) {
    const auto value = [&](int64_t j) { return double{qkv[j * wide + 2 * c.heads * c.d + at + k]}; };
    for (int64_t j = 0; j < n; ++j) y[k].value += logits[j] / total * value(j);
    // A logit that is off by x moves the output by a share of x towards its value, or away.
    double squares = 0;
    for (int64_t j = 0; j < n; ++j) {
      const double share = logits[j] / total, away = off[j] * (value(j) - y[k].value);
      squares += share * share * (value(j) * value(j) + away * away);
    }
    y[k].size = std::sqrt(squares);
  }
  return y;
}

TEST_P(ScaledAttentionTest, MatchesReference) {
  const Case& c = GetParam();
  const RaggedClips clips(c.lengths);
  const int64_t rows = clips.rows(), channels = c.heads * c.d, wide = 3 * channels;
  const float unit = std::sqrt(c.logits);
  const std::vector<float> values = test::random_values(rows * wide, 1, unit);
  Map<2> qkv({rows, wide}, {rows, wide + c.padding}, {0, 0}),
      empty({rows, channels}, {rows, channels + 2 * c.padding}, {0, 0});
  qkv.fill(values);
  const Map<2> before = qkv;
  const int64_t reach = std::max<int64_t>(clips.get().longest(), 1) + 2;  // L
  const std::vector<float> table = test::random_values(c.heads * (2 * reach - 1), 2),
                           gates = test::random_values(rows * c.heads, 3);

  const auto run = [&](Precision precision, int threads, int64_t first_clip, int64_t count) {
    const std::vector<int64_t> lengths(c.lengths.begin() + first_clip,
                                       c.lengths.begin() + first_clip + count);
    const RaggedClips some(lengths);
    const int64_t begin = clips.begin(first_clip);
    const auto slice = [&](int64_t part) {
      const View<const float, 2> all = std::as_const(qkv).view();
      return View<const float, 2>{
          all.data + begin * all.stride[0] + part * channels, {some.rows(), channels}, all.stride};
    };
    Map<2> y = empty;
    ScaledAttentionArgs args;
    args.q = slice(0);
    args.k = slice(1);
    args.v = slice(2);
    args.clips = some.get();
    args.heads = c.heads;
    if (c.bias != Bias::none) args.bias = make_view<2>(table.data(), {c.heads, 2 * reach - 1});
    if (c.bias == Bias::gated)
      args.gate = make_view<2>(gates.data() + begin * c.heads, {some.rows(), c.heads});
    args.y = y.view();
    args.y.data += begin * args.y.stride[0];
    args.y.shape[0] = some.rows();
    args.precision = precision;
    const test::TestStream stream(c.device, threads);
    test::GuardedWorkspace workspace(scaled_attention_workspace(some.rows(), c.heads, c.d, stream));
    args.workspace = workspace.get();
    scaled_attention(args, stream);
    return y;
  };

  test::Reference ref;
  for (int64_t b = 0; b < clips.clips(); ++b) {
    for (int64_t i = 0; i < clips.length(b); ++i) {
      for (int64_t h = 0; h < c.heads; ++h) {
        const float* bias = c.bias == Bias::none ? nullptr : table.data() + h * (2 * reach - 1) + reach - 1;
        const float* gate = c.bias == Bias::gated ? gates.data() + (clips.begin(b) + i) * c.heads : nullptr;
        for (const test::Sized& y :
             attend(c, values.data() + clips.begin(b) * wide, clips.length(b), i, h, bias, gate))
          ref.push(y);
      }
    }
  }
  const Map<2> y = run(c.precision, 2, 0, clips.clips());
  test::expect_close(y.values(), ref.values,
                     test::tolerance(c.d + clips.get().longest(), ref.size, 2) +
                         3 * test::operand_rounding(c.precision, ref.size));
  y.expect_only_view_written();
  EXPECT_TRUE(qkv.same_bits(before));
  for (int threads : test::thread_counts(c.device))
    EXPECT_TRUE(y.same_bits(run(c.precision, threads, 0, clips.clips()))) << threads << " threads";
  if (c.device == Device::cpu && c.precision == Precision::bf16 && clips.get().longest() > 1) {
    EXPECT_FALSE(y.same_bits(run(Precision::fp32, 1, 0, clips.clips()))) << "the same in bf16 and in fp32";
  }

  // Each clip alone: the rows of the others stay NaN.
  const std::vector<float> together = y.values();
  for (int64_t b = 0; b < clips.clips(); ++b) {
    const std::vector<float> alone = run(c.precision, 1, b, 1).values();
    for (int64_t i = clips.begin(b) * channels; i < clips.begin(b + 1) * channels; ++i)
      ASSERT_EQ(alone[i], together[i]) << "clip " << b << " depends on its neighbours";
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (Device device : test::devices()) {
    all.push_back({device, {}, 1, 8});
    all.push_back({device, {0, 0}, 2, 8});
    all.push_back({device, {1}, 1, 8, Bias::gated});
    all.push_back({device, {3, 0, 1, 2}, 3, 16, Bias::plain});
    all.push_back({device, {31, 32, 33}, 1, 24, Bias::gated});
    all.push_back({device, {65, 5}, 1, 64});
    all.push_back({device, {5, 64}, 2, 80, Bias::gated});
    all.push_back({device, {66}, 1, 128, Bias::plain, 40});
    // What a GPU reads 16 bytes at a time in bf16: a tile of keys and several, the last one not whole; the
    // largest logit among the first and among the last; heads of each width that it has a kernel for.
    for (const auto& [lengths, d] : {std::pair<std::vector<int64_t>, int64_t>{{0, 1, 31, 32, 33}, 8},
                                     {{3, 65}, 32},
                                     {{130, 2}, 64},
                                     {{70}, 80},
                                     {{40}, 104}})
      all.push_back({device, lengths, 2, d, d == 64 ? Bias::none : Bias::gated, d == 32 ? 40.0f : 1.0f,
                     Precision::fp32, 4});
    if (device == Device::executor) continue;
    for (int64_t d : {40, 64, 72, 80, 128}) all.push_back({device, {7, 98, 49, 1}, 1, d, Bias::gated});
    // Several tiles of keys, several tasks; logits of which one is far larger than the others.
    all.push_back({device, {17, 385, 383}, 1, 16, Bias::gated});
    all.push_back({device, {770}, 1, 8, Bias::none, 100});
    // How long a task is depends on the number of threads.
    all.push_back({device, {1700}, 1, 8});
  }
  return test::with_precisions(all);
}

INSTANTIATE_TEST_SUITE_P(ScaledAttention, ScaledAttentionTest, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           const Case& c = tested.param;
                           return std::string(device_name(c.device)) + "_t" + test::lengths_name(c.lengths) +
                                  "_h" + std::to_string(c.heads) + "_d" + std::to_string(c.d) +
                                  (c.bias == Bias::none    ? "_"
                                   : c.bias == Bias::plain ? "_bias_"
                                                           : "_gated_") +
                                  "pad" + std::to_string(c.padding) + "_" + precision_name(c.precision);
                         });

TEST(ScaledAttentionErrors, NamesTheArgument) {
  std::vector<float> values(256, 1.0f), out(64);
  const RaggedClips clips({3, 1});
  ScaledAttentionArgs args;
  args.q = args.k = args.v = make_view<2, const float>(values.data(), {4, 16});
  args.y = make_view<2>(out.data(), {4, 16});
  args.clips = clips.get();
  args.heads = 2;
  const test::TestStream stream(Device::cpu);
  test::GuardedWorkspace workspace(scaled_attention_workspace(4, 2, 8, stream));
  args.workspace = workspace.get();
  const auto message = [&] {
    return test::refusal([&] { scaled_attention(args, stream); }, ErrorKind::invalid_argument);
  };
  args.heads = 3;
  EXPECT_EQ(message(),
            "scaled_attention: heads: got something else, wanted a number that divides the channels");
  args.heads = 4;
  EXPECT_EQ(message(),
            "scaled_attention: q: got something else, wanted a multiple of 8 up to 128 for each head");
  args.heads = 2;
  args.bias = make_view<2, const float>(values.data(), {2, 3});
  EXPECT_EQ(message(), "scaled_attention: bias: got 3 distances, wanted an odd number, at least 5");
  args.bias = {};
  args.gate = make_view<2, const float>(values.data(), {4, 2});
  EXPECT_EQ(message(), "scaled_attention: gate: got something else, wanted none without a bias");
  args.gate = {};
  const int64_t backwards[] = {0, 5, 4}, late[] = {1, 2, 4};
  args.clips.begin = backwards;
  EXPECT_EQ(message(), "scaled_attention: clips: got -1 rows in clip 1, wanted 0 or more");
  args.clips.begin = late;
  EXPECT_EQ(message(), "scaled_attention: clips: got a start at 1, wanted 0");
  args.clips.clips = 0;
  EXPECT_EQ(message(), "scaled_attention: clips: got 0 rows, wanted 4");
  args.clips = clips.get();
  scaled_attention(args, stream);
}

}  // namespace
}  // namespace serene
