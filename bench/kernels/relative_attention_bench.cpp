#include "kernels/relative_attention/relative_attention.h"

#include <utility>

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s, over time (101 sequences of 801) or frequency (801 of 101).
void relative_attention_clip(benchmark::State& state, bool over_time) {
  constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64, kHeads = 4, kHeadDim = 16, kClip = 512;
  const std::vector<float> x = random_values(kFrames * kBins * kChannels);
  const std::vector<float> w = random_values(3 * kChannels * kChannels), v = random_values(kChannels);
  const PackedMatrix qkv = PackedMatrix::from_rows(w, 3 * kChannels, kChannels);
  const PackedMatrix out =
      PackedMatrix::from_rows(random_values(kChannels * kChannels), kChannels, kChannels);
  const DistanceTable distances(random_values((2 * kClip + 1) * kHeadDim), kClip, kHeadDim);
  std::vector<float> y(x.size());
  const auto sequences = [&](auto* data) {
    auto map = make_view<4>(data, {1, kFrames, kBins, kChannels});
    if (over_time) {
      std::swap(map.shape[1], map.shape[2]);
      std::swap(map.stride[1], map.stride[2]);
    }
    return map;
  };
  RelativeAttentionArgs args;
  args.x = args.residual = sequences(x.data());
  args.norm_weight = args.norm_bias = args.out_bias = make_view<1>(v.data(), {kChannels});
  args.qkv = &qkv;
  args.out = &out;
  args.distances = &distances;
  args.heads = kHeads;
  args.y = sequences(y.data());
  const int64_t n = args.x.size(2);
  const Stream stream = cpu_stream();
  std::vector<float> workspace(relative_attention_workspace(args.x.size(1), n, kChannels, kHeads, stream) /
                               sizeof(float));
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    relative_attention(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, relative_attention_work(args));
}
BENCHMARK_CAPTURE(relative_attention_clip, time, true)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(relative_attention_clip, frequency, false)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
