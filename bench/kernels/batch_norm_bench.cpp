#include "kernels/batch_norm/batch_norm.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s with deltas, into the interior of a map with a border of 2.
void batch_norm_mels(benchmark::State& state) {
  const int64_t b = state.range(0), t = 498, f = 80, c = 3;
  const int64_t row = (f + 4) * c, plane = (t + 4) * row;
  const std::vector<float> x = random_values(b * t * f * c), scale = random_values(f);
  std::vector<float> y(static_cast<size_t>(b * plane));
  BatchNormArgs args;
  args.x = make_view<4>(x.data(), {b, t, f, c});
  args.scale = args.shift = make_view<1>(scale.data(), {f});
  args.y = {y.data() + 2 * row + 2 * c, {b, t, f, c}, {plane, row, c, 1}};
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    batch_norm(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, batch_norm_work(args));
}
BENCHMARK(batch_norm_mels)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
