#include "kernels/position_bias/position_bias.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// WavLM large, 5 s.
void position_bias_clip(benchmark::State& state) {
  constexpr int64_t kBuckets = 320, kHeads = 16, kFrames = 249;
  const std::vector<float> table = random_values(kBuckets * kHeads);
  std::vector<float> y(kHeads * (2 * kFrames - 1));
  PositionBiasArgs args;
  args.table = make_view<2>(table.data(), {kBuckets, kHeads});
  args.largest = 800;
  args.y = make_view<2>(y.data(), {kHeads, 2 * kFrames - 1});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    position_bias(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, position_bias_work(args));
}
BENCHMARK(position_bias_clip)->UseRealTime();

}  // namespace
}  // namespace serene::bench
