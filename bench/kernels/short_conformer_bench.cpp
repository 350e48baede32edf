#include "kernels/short_conformer/short_conformer.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s: 801 sequences of 101.
void short_conformer_clip(benchmark::State& state) {
  constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64, kHidden = 256, kInner = 128, kTaps = 31,
                    kHeads = 4, kClip = 512;
  const auto matrix = [](int64_t n, int64_t k) {
    return PackedMatrix::from_rows(random_values(n * k), n, k);
  };
  const std::vector<float> x = random_values(kFrames * kBins * kChannels), v = random_values(kHidden);
  const std::vector<float> taps = random_values(kTaps * kInner);
  const PackedMatrix expand = matrix(kHidden, kChannels), contract = matrix(kChannels, kHidden);
  const PackedMatrix qkv = matrix(3 * kChannels, kChannels), out = matrix(kChannels, kChannels);
  const PackedMatrix w1 = matrix(2 * kInner, kChannels), w2 = matrix(kChannels, kInner);
  const DistanceTable distances(random_values((2 * kClip + 1) * kChannels / kHeads), kClip,
                                kChannels / kHeads);
  const auto vector = [&](int64_t size) { return make_view<1>(v.data(), {size}); };
  std::vector<float> y(x.size());
  ShortConformerArgs args;
  args.x = args.residual = make_view<4>(x.data(), {1, kFrames, kBins, kChannels});
  args.y = make_view<4>(y.data(), {1, kFrames, kBins, kChannels});
  FeedForwardArgs& ff = args.ff1;
  ff.norm_weight = ff.norm_bias = ff.b2 = vector(kChannels);
  ff.w1 = &expand;
  ff.b1 = vector(kHidden);
  ff.w2 = &contract;
  args.ff2 = ff;
  RelativeAttentionArgs& attention = args.attention;
  attention.norm_weight = attention.norm_bias = attention.out_bias = vector(kChannels);
  attention.qkv = &qkv;
  attention.out = &out;
  attention.distances = &distances;
  attention.heads = kHeads;
  ConvModuleArgs& convolution = args.convolution;
  convolution.norm_weight = convolution.norm_bias = convolution.b2 = vector(kChannels);
  convolution.w1 = &w1;
  convolution.b1 = vector(2 * kInner);
  convolution.taps = make_view<2>(taps.data(), {kTaps, kInner});
  convolution.taps_bias = vector(kInner);
  convolution.w2 = &w2;
  args.norm.weight = args.norm.bias = vector(kChannels);
  const Stream stream = cpu_stream();
  std::vector<std::byte> workspace(short_conformer_workspace(args, stream));
  args.workspace = workspace;
  for (auto _ : state) {
    short_conformer(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, short_conformer_work(args));
}
BENCHMARK(short_conformer_clip)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
