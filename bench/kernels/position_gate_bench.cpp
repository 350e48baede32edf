#include "kernels/position_gate/position_gate.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A layer of WavLM large, 5 s.
void position_gate_layer(benchmark::State& state) {
  constexpr int64_t kRows = 249, kHeads = 16, kInputs = 64;
  const std::vector<float> x = random_values(kRows * kHeads * kInputs), weight = random_values(2 * kInputs);
  std::vector<float> y(kRows * kHeads);
  PositionGateArgs args;
  args.x = make_view<2>(x.data(), {kRows, kHeads * kInputs});
  args.weight = make_view<2>(weight.data(), {2, kInputs});
  args.bias = make_view<1>(weight.data(), {2});
  args.scale = make_view<1>(weight.data(), {kHeads});
  args.y = make_view<2>(y.data(), {kRows, kHeads});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    position_gate(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, position_gate_work(args));
}
BENCHMARK(position_gate_layer)->UseRealTime();

}  // namespace
}  // namespace serene::bench
