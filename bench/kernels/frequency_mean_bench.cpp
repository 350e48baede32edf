#include "kernels/frequency_mean/frequency_mean.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// What is left of clips of 5 s after the last block.
void frequency_mean_encoder(benchmark::State& state) {
  const int64_t b = state.range(0), t = 31, f = 5, c = 512;
  const std::vector<float> x = random_values(b * t * f * c);
  std::vector<float> y(static_cast<size_t>(b * t * c));
  FrequencyMeanArgs args;
  args.x = make_view<4>(x.data(), {b, t, f, c});
  args.y = make_view<3>(y.data(), {b, t, c});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    frequency_mean(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, frequency_mean_work(args));
}
BENCHMARK(frequency_mean_encoder)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
