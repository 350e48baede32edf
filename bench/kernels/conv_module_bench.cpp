#include "kernels/conv_module/conv_module.h"

#include <utility>

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s, over time (101 sequences of 801) or frequency (801 of 101).
void conv_module_clip(benchmark::State& state, bool over_time) {
  constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64, kInner = 128, kTaps = 31;
  const std::vector<float> x = random_values(kFrames * kBins * kChannels), v = random_values(2 * kInner);
  const std::vector<float> taps = random_values(kTaps * kInner);
  const PackedMatrix w1 =
      PackedMatrix::from_rows(random_values(2 * kInner * kChannels), 2 * kInner, kChannels);
  const PackedMatrix w2 = PackedMatrix::from_rows(random_values(kChannels * kInner), kChannels, kInner);
  std::vector<float> y(x.size());
  const auto sequences = [&](auto* data) {
    auto map = make_view<4>(data, {1, kFrames, kBins, kChannels});
    if (over_time) {
      std::swap(map.shape[1], map.shape[2]);
      std::swap(map.stride[1], map.stride[2]);
    }
    return map;
  };
  ConvModuleArgs args;
  args.x = args.residual = sequences(x.data());
  args.norm_weight = args.norm_bias = args.b2 = make_view<1>(v.data(), {kChannels});
  args.w1 = &w1;
  args.b1 = make_view<1>(v.data(), {2 * kInner});
  args.taps = make_view<2>(taps.data(), {kTaps, kInner});
  args.taps_bias = make_view<1>(v.data(), {kInner});
  args.w2 = &w2;
  args.y = sequences(y.data());
  const Stream stream = cpu_stream();
  std::vector<float> workspace(
      conv_module_workspace(args.x.size(1), args.x.size(2), kChannels, kInner, kTaps, stream) /
      sizeof(float));
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    conv_module(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, conv_module_work(args));
}
BENCHMARK_CAPTURE(conv_module_clip, time, true)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(conv_module_clip, frequency, false)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
