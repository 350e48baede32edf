#include "kernels/prelu/prelu.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void prelu_mask(benchmark::State& state) {
  const int64_t b = state.range(0), t = 801, f = 201;
  std::vector<float> x = random_values(b * t * f);
  const std::vector<float> slope(static_cast<size_t>(f), 1.0f);
  PreluArgs args;
  args.x = make_view<3>(x.data(), {b, t, f});
  args.slope = make_view<1>(slope.data(), {f});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    prelu(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, prelu_work(args));
}
BENCHMARK(prelu_mask)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
