#include "kernels/power_expand/power_expand.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void power_expand_clip(benchmark::State& state) {
  const int64_t b = state.range(0), t = 801, f = 201;
  const std::vector<float> x = random_values(b * t * f * 2);
  std::vector<float> y(static_cast<size_t>(b * t * f * 2));
  PowerExpandArgs args;
  args.x = make_view<4>(x.data(), {b, t, f, 2});
  args.y = make_view<4>(y.data(), {b, t, f, 2});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    power_expand(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, power_expand_work(args));
}
BENCHMARK(power_expand_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
