#include "kernels/power_compress/power_compress.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void power_compress_clip(benchmark::State& state) {
  const int64_t b = state.range(0), t = 801, f = 201;
  const std::vector<float> x = random_values(b * t * f * 2);
  std::vector<float> y(static_cast<size_t>(b * t * f * 3));
  PowerCompressArgs args;
  args.x = make_view<4>(x.data(), {b, t, f, 2});
  args.y = make_view<4>(y.data(), {b, t, f, 3});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    power_compress(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, power_compress_work(args));
}
BENCHMARK(power_compress_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
