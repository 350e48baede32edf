#include "kernels/rms_normalize/rms_normalize.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void rms_normalize_clip(benchmark::State& state) {
  const int64_t b = state.range(0), n = 80000;
  const std::vector<float> x = random_values(b * n);
  std::vector<float> y(static_cast<size_t>(b * n)), gain(static_cast<size_t>(b));
  RmsNormalizeArgs args;
  args.x = make_view<2>(x.data(), {b, n});
  args.y = make_view<2>(y.data(), {b, n});
  args.gain = make_view<1>(gain.data(), {b});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    rms_normalize(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, rms_normalize_work(args));
}
BENCHMARK(rms_normalize_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
