// Bytes and FLOP, counted by hand.
#include "kernels/common/work.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "kernels/common/error.h"
#include "kernels/common/observer.h"
#include "kernels/conv1d/conv1d.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/feed_forward/feed_forward.h"
#include "kernels/film/film.h"
#include "kernels/group_norm/group_norm.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"
#include "kernels/gru/gru.h"
#include "kernels/instance_norm/instance_norm.h"
#include "kernels/linear/linear.h"
#include "kernels/log_mel/log_mel.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/relative_attention/relative_attention.h"
#include "kernels/residual_conv/residual_conv.h"
#include "kernels/scaled_attention/scaled_attention.h"
#include "kernels/self_attention_pool/self_attention_pool.h"
#include "kernels/short_conformer/short_conformer.h"
#include "kernels/stft/stft.h"
#include "kernels/weighted_sum/weighted_sum.h"
#include "kernels/zero_border/zero_border.h"
#include "tests/support/op_test.h"
#include "tests/support/ragged.h"

namespace serene {
namespace {

// Work looks at shapes; every argument may lie in the same memory.
const std::vector<float> kValues(4096);
float* values() { return const_cast<float*>(kValues.data()); }

View<const float, 1> vector(int64_t size) { return make_view<1>(kValues.data(), {size}); }

PackedMatrix matrix(int64_t k, int64_t n) {
  return PackedMatrix::from_rows({kValues.data(), static_cast<size_t>(k * n)}, n, k);
}

void expect_work(const Work& work, double floats, double flop) {
  EXPECT_EQ(work.bytes, 4 * floats);
  EXPECT_EQ(work.flop, flop);
}

FilmArgs film_args(int64_t batch, int64_t width) {
  FilmArgs args;
  args.h = make_view<2>(kValues.data(), {batch, width});
  args.coefficient = vector(batch);
  args.scale_weight = args.scale_bias = args.shift_weight = args.shift_bias = vector(width);
  args.y = make_view<2>(values(), {batch, width});
  return args;
}

TEST(Work, Film) {
  expect_work(film_work(film_args(2, 3)), 2 * 6 + 2 + 4 * 3, 6 * 6);
  expect_work(film_work(film_args(1, 1)), 2 + 1 + 4, 6);
  expect_work(film_work(film_args(0, 8)), 4 * 8, 0);
}

TEST(Work, Linear) {
  const PackedMatrix weight = matrix(4, 5);
  LinearArgs args;
  args.x = make_view<2>(kValues.data(), {3, 4});
  args.weight = &weight;
  args.y = make_view<2>(values(), {3, 5});
  expect_work(linear_work(args), 12 + 20 + 15, 2 * 3 * 4 * 5);
  args.bias = vector(5);
  args.residual = args.y;
  expect_work(linear_work(args), 12 + 20 + 5 + 15 + 15, 2 * 3 * 4 * 5);
}

View<const float, 2> rows(int64_t count, int64_t width) {
  return make_view<2>(kValues.data(), {count, width});
}
View<float, 2> to_rows(int64_t count, int64_t width) { return make_view<2>(values(), {count, width}); }

TEST(Work, ScaledAttention) {
  const test::RaggedClips clips({2, 0, 3});
  ScaledAttentionArgs args;
  args.q = args.k = args.v = rows(5, 16);
  args.clips = clips.get();
  args.heads = 2;
  args.y = to_rows(5, 16);
  expect_work(scaled_attention_work(args), 4 * 5 * 16, 4 * 16 * (4 + 9));
  args.bias = rows(2, 5);
  args.gate = rows(5, 2);
  expect_work(scaled_attention_work(args), 4 * 5 * 16 + 10 + 10, 4 * 16 * (4 + 9));
}

TEST(Work, LogMel) {
  const SlaneyBank bank(80);
  LogMelArgs args;
  args.x = vector(320);
  args.bank = &bank;
  args.y = to_rows(2, 80);
  expect_work(log_mel_work(args), 320 + 160, 2 * (400 + fft_flop(400) + 7 * 201 + 6 * 80));
}

TEST(Work, Conv1d) {
  const PackedMatrix weight = matrix(3 * 4, 5);
  Conv1dArgs args;
  args.x = rows(9, 4);
  args.weight = &weight;
  args.y = to_rows(4, 5);
  expect_work(conv1d_work(args), 36 + 60 + 20, 2 * 20 * 12);
  args.bias = vector(5);
  expect_work(conv1d_work(args), 36 + 60 + 5 + 20, 2 * 20 * 12);
}

TEST(Work, GroupNorm) {
  GroupNormArgs args;
  args.x = rows(3, 4);
  args.weight = args.bias = vector(4);
  args.y = to_rows(3, 4);
  expect_work(group_norm_work(args), 12 + 4 + 4 + 12, 5 * 12);
  args.activation = Activation::gelu;
  expect_work(group_norm_work(args), 12 + 4 + 4 + 12, 9 * 12);
}

// What lies between the groups' columns is not counted.
TEST(Work, GroupedConv1d) {
  GroupedConv1dArgs args;
  args.x = rows(3, 4);
  args.groups = 2;
  args.taps = 5;
  args.bias = vector(4);
  args.y = to_rows(3, 4);
  expect_work(grouped_conv1d_work(args), 12 + 2 * 5 * 4 + 4 + 12, 2 * 12 * 10);
  args.residual = args.x;
  expect_work(grouped_conv1d_work(args), 12 + 2 * 5 * 4 + 4 + 12, 2 * 12 * 10);
}

TEST(Work, Gru) {
  const PackedMatrix weight = matrix(2, 6);
  GruArgs args;
  args.gates = rows(3, 12);
  args.forward = args.backward = &weight;
  args.bias = rows(2, 6);
  args.y = to_rows(3, 4);
  expect_work(gru_work(args), 36 + 12 + 12 + 12 + 12, 3 * 2 * 2 * 2 * 6);
}

TEST(Work, SelfAttentionPool) {
  SelfAttentionPoolArgs args;
  args.x = rows(3, 4);
  args.projected = rows(3, 5);
  args.v = rows(2, 5);
  args.y = to_rows(1, 8);
  expect_work(self_attention_pool_work(args), 12 + 15 + 10 + 8, 15 + 2 * 2 * 15 + 2 * 2 * 12);
  args.attention = to_rows(3, 2);
  expect_work(self_attention_pool_work(args), 12 + 15 + 10 + 8 + 6, 15 + 2 * 2 * 15 + 2 * 2 * 12);
}

TEST(Work, WeightedSum) {
  WeightedSumArgs args;
  args.x = rows(3, 4);
  args.logits = vector(7);
  args.y = to_rows(3, 4);
  expect_work(weighted_sum_work(args), 12 + 7 + 12, 12);
  args.add = true;
  expect_work(weighted_sum_work(args), 12 + 7 + 24, 24);
}

// Weights are read whole even where there is no map.
Conv2dArgs conv_args(const PackedMatrix& weight, std::array<int64_t, 4> x, std::array<int64_t, 4> y) {
  Conv2dArgs args;
  args.x = make_view<4>(kValues.data(), x);
  args.weight = &weight;
  args.y = make_view<4>(values(), y);
  return args;
}

TEST(Work, Conv2d) {
  // 2 x 3 taps over two channels, three filters: of 5 x 6 positions all are read, 4 x 4 are made.
  const PackedMatrix dense = matrix(12, 3);
  Conv2dArgs args = conv_args(dense, {1, 5, 6, 2}, {1, 4, 4, 3});
  args.kernel_t = 2;
  args.kernel_f = 3;
  expect_work(conv2d_work(args), 5 * 6 * 2 + 12 * 3 + 4 * 4 * 3, 2 * 48 * 12);
  args.bias = kValues.data();
  expect_work(conv2d_work(args), 5 * 6 * 2 + 12 * 3 + 3 + 4 * 4 * 3, 2 * 48 * 12);

  // One frame out of two that lie eight apart: the seven between are not read.
  const PackedMatrix dilated = matrix(2, 1);
  args = conv_args(dilated, {1, 9, 3, 1}, {1, 1, 3, 1});
  args.kernel_t = 2;
  args.dilation_t = 8;
  expect_work(conv2d_work(args), 2 * 3 + 2 + 3, 2 * 3 * 2);

  // A single tap that moves on by two reads every other position.
  const PackedMatrix single = matrix(1, 1);
  args = conv_args(single, {1, 5, 5, 1}, {1, 3, 3, 1});
  args.stride_t = args.stride_f = 2;
  expect_work(conv2d_work(args), 9 + 1 + 9, 2 * 9);

  args = conv_args(single, {0, 5, 5, 1}, {0, 5, 5, 1});
  expect_work(conv2d_work(args), 1, 0);
}

FeedForwardArgs feed_forward_args(int64_t rows, int64_t c, const PackedMatrix& w1, const PackedMatrix& w2) {
  FeedForwardArgs args;
  args.x = make_view<2>(kValues.data(), {rows, c});
  args.norm_weight = args.norm_bias = args.b2 = vector(c);
  args.w1 = &w1;
  args.b1 = vector(w1.n());
  args.w2 = &w2;
  args.y = make_view<2>(values() + 64, {rows, c});
  return args;
}

TEST(Work, FeedForward) {
  const PackedMatrix w1 = matrix(2, 5), w2 = matrix(5, 2);
  constexpr double kWeights = 2 + 2 + 10 + 5 + 10 + 2;
  FeedForwardArgs args = feed_forward_args(3, 2, w1, w2);
  expect_work(feed_forward_work(args), 6 + kWeights + 6, 2 * 3 * (2 * 5 + 5 * 2));
  args.residual = args.x;  // read once for both
  expect_work(feed_forward_work(args), 6 + kWeights + 6, 120);
  args.residual.data += 128;
  expect_work(feed_forward_work(args), 6 + kWeights + 6 + 6, 120);
  expect_work(feed_forward_work(feed_forward_args(0, 2, w1, w2)), kWeights, 0);
}

TEST(Work, RelativeAttention) {
  const PackedMatrix qkv = matrix(4, 12), out = matrix(4, 4);
  const DistanceTable distances(std::span(kValues.data(), 7 * 2), 3, 2);
  RelativeAttentionArgs args;
  args.norm_weight = args.norm_bias = args.out_bias = vector(4);
  args.qkv = &qkv;
  args.out = &out;
  args.distances = &distances;
  args.heads = 2;
  constexpr double kWeights = 4 + 4 + 48 + 16 + 4;
  const auto of = [&](int64_t sequences, int64_t n) {
    args.x = make_view<4>(kValues.data(), {1, sequences, n, 4});
    args.y = make_view<4>(values() + 2048, {1, sequences, n, 4});
    return relative_attention_work(args);
  };
  // Five of the seven distances occur among three positions.
  expect_work(of(2, 3), 24 + kWeights + 5 * 2 + 24, 6 * (8 * 16) + 6 * 2 * 3 * 3 * 4);
  expect_work(of(1, 1), 4 + kWeights + 1 * 2 + 4, 8 * 16 + 6 * 4);
  expect_work(of(1, 9), 36 + kWeights + 7 * 2 + 36, 9 * 8 * 16 + 6 * 81 * 4);
  expect_work(of(0, 3), kWeights + 5 * 2, 0);
}

TEST(Work, ResidualConv) {
  const PackedMatrix weight = matrix(27, 3), shortcut = matrix(2, 3);
  ResidualConvArgs args;
  args.h = make_view<4>(kValues.data(), {1, 4, 4, 3});
  args.weight = &weight;
  args.kernel = 3;
  args.bias = args.shortcut_bias = kValues.data();
  args.x = make_view<4>(kValues.data(), {1, 3, 4, 2});
  args.shortcut = &shortcut;
  args.y = make_view<4>(values(), {1, 2, 2, 3});
  // The shortcut reads four positions of x, of two channels.
  expect_work(residual_conv_work(args), 48 + 81 + 3 + 6 + 3 + 4 * 2 + 12, 2 * 12 * (27 + 2));
}

TEST(Work, Stft) {
  const RealFft fft(8);
  const std::vector<double> window(8);
  StftArgs args;
  args.x = make_view<2>(kValues.data(), {1, 9});
  args.window = make_view<1>(window.data(), {8});
  args.fft = &fft;
  args.hop = 4;
  args.y = make_view<4>(values(), {1, 3, 5, 2});
  const Work work = stft_work(args);
  EXPECT_EQ(work.bytes, 4 * 9 + 8 * 8 + 4 * 3 * 5 * 2);
  EXPECT_EQ(work.flop, 3 * (8 + 2.5 * 8 * 3));
}

TEST(Work, BordersPoolsAndNorms) {
  ZeroBorderArgs border;
  border.y = make_view<4>(values(), {1, 3, 4, 2});
  border.before_t = border.before_f = border.after_f = 1;
  expect_work(zero_border_work(border), 24 - 2 * 2 * 2, 0);

  // An odd frame and an odd mel are dropped unread.
  MaxPoolArgs pool;
  pool.x = make_view<4>(kValues.data(), {1, 5, 3, 1});
  pool.y = make_view<4>(values(), {1, 2, 1, 1});
  expect_work(max_pool_work(pool), 2 * 4 + 2, 2 * 3);

  InstanceNormArgs norm;
  norm.x = make_view<4>(values(), {1, 3, 5, 2});
  norm.weight = norm.bias = norm.slope = vector(2);
  expect_work(instance_norm_work(norm), 3 * 30 + 3 * 2, 6 * 30);
}

// What an observer was told, in order.
class Notes final : public Observer {
 public:
  void begin_step(std::string_view name) override { lines.push_back("step " + std::string(name)); }
  void begin_op(std::string_view name, const Work& work) override {
    lines.push_back("op " + std::string(name));
    flop.push_back(work.flop);
  }
  void begin_kernel(const KernelLaunch&) override { lines.push_back("kernel"); }
  void end() noexcept override { lines.emplace_back("end"); }

  std::vector<std::string> lines;
  std::vector<double> flop;
};

TEST(ObserverScope, AnOpThatThrowsHasEnded) {
  Notes notes;
  Stream stream{Device::cuda};  // which this program has no kernels for
  stream.observer = &notes;
  EXPECT_THROW(film(film_args(2, 3), stream), Error);
  EXPECT_EQ(notes.lines, (std::vector<std::string>{"op film", "end"}));
}

TEST(ObserverScope, EndsOnceAndOnlyWhereSomebodyLooks) {
  Notes notes;
  {
    ObserverScope step(&notes, "encoder");
    step.end();
    const ObserverScope nobody(nullptr, "encoder");
  }
  EXPECT_EQ(notes.lines, (std::vector<std::string>{"step encoder", "end"}));
}

TEST(ObserverScope, AnOpMadeOfOpsHasTheirWork) {
  constexpr int64_t kWidth = 4, kPositions = 3;
  const PackedMatrix expand = matrix(kWidth, 8), contract = matrix(8, kWidth);
  const PackedMatrix qkv = matrix(kWidth, 12), out = matrix(kWidth, kWidth);
  const PackedMatrix w1 = matrix(kWidth, 16);
  const DistanceTable distances(std::span(kValues.data(), 7 * 2), 3, 2);
  std::vector<float> y(2 * kPositions * kWidth);
  ShortConformerArgs args;
  args.x = make_view<4>(kValues.data(), {1, 2, kPositions, kWidth});
  args.residual = args.x;
  args.y = make_view<4>(y.data(), {1, 2, kPositions, kWidth});
  for (FeedForwardArgs* ff : {&args.ff1, &args.ff2}) {
    *ff = feed_forward_args(0, kWidth, expand, contract);
    ff->x = {};
    ff->y = {};
  }
  args.attention.norm_weight = args.attention.norm_bias = args.attention.out_bias = vector(kWidth);
  args.attention.qkv = &qkv;
  args.attention.out = &out;
  args.attention.distances = &distances;
  args.attention.heads = 2;
  args.convolution.norm_weight = args.convolution.norm_bias = args.convolution.b2 = vector(kWidth);
  args.convolution.w1 = &w1;
  args.convolution.b1 = vector(16);
  args.convolution.taps = make_view<2>(kValues.data(), {3, 8});
  args.convolution.taps_bias = vector(8);
  args.convolution.w2 = &contract;
  args.norm.weight = args.norm.bias = vector(kWidth);
  Notes notes;
  const test::TestStream pool(Device::cpu);
  Stream stream = pool;
  stream.observer = &notes;
  std::vector<std::byte> workspace(short_conformer_workspace(args, stream));
  args.workspace = workspace;
  short_conformer(args, stream);
  EXPECT_EQ(notes.lines, (std::vector<std::string>{"op short_conformer", "op feed_forward", "end",
                                                   "op relative_attention", "end", "op conv_module", "end",
                                                   "op feed_forward", "end", "op layer_norm", "end", "end"}));
  ASSERT_EQ(notes.flop.size(), 6u);
  EXPECT_EQ(notes.flop[0], std::accumulate(notes.flop.begin() + 1, notes.flop.end(), 0.0));
}

}  // namespace
}  // namespace serene
