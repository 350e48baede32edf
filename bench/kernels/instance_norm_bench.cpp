#include "kernels/instance_norm/instance_norm.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s, in a map of its own (range(0) = 64) or in the slab of a dense block (320).
void instance_norm_clip(benchmark::State& state) {
  constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64;
  const int64_t width = state.range(0);
  std::vector<float> map = random_values(kFrames * kBins * width);
  const std::vector<float> weight = random_values(kChannels);
  InstanceNormArgs args;
  args.x = make_view<4>(map.data(), {1, kFrames, kBins, width});
  args.x.shape[3] = kChannels;
  args.weight = args.bias = args.slope = make_view<1>(weight.data(), {kChannels});
  std::vector<double> workspace(instance_norm_workspace(1, kFrames, kChannels) / sizeof(double));
  args.workspace = std::as_writable_bytes(std::span(workspace));
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    instance_norm(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, instance_norm_work(args));
}
BENCHMARK(instance_norm_clip)->Arg(64)->Arg(320)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
