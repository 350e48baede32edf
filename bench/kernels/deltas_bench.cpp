#include "kernels/deltas/deltas.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s.
void deltas_mels(benchmark::State& state) {
  const int64_t b = state.range(0), t = 498, f = 80;
  const std::vector<float> x = random_values(b * t * f);
  std::vector<float> y(static_cast<size_t>(b * t * f * 3));
  DeltasArgs args;
  args.x = make_view<3>(x.data(), {b, t, f});
  args.y = make_view<4>(y.data(), {b, t, f, 3});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    deltas(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, deltas_work(args));
}
BENCHMARK(deltas_mels)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
