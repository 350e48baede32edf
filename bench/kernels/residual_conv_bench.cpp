#include "kernels/residual_conv/residual_conv.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A block of the emotion encoder on a clip of 5 s: (range(0), range(1), range(2)) -> channels range(3).
void residual_conv_block(benchmark::State& state) {
  const int64_t ti = state.range(0), fi = state.range(1), ci = state.range(2), co = state.range(3), k = 5;
  const int64_t to = (ti - 1) / 2 + 1, fo = (fi - 1) / 2 + 1;
  const std::vector<float> x = random_values(ti * fi * ci), bias = random_values(co);
  const std::vector<float> h = random_values((to + k - 1) * (fo + k - 1) * co);
  const PackedMatrix weight = PackedMatrix::from_conv(random_values(co * co * k * k), co, co, k, k);
  const PackedMatrix shortcut = PackedMatrix::from_rows(random_values(co * ci), co, ci);
  std::vector<float> y(static_cast<size_t>(to * fo * co));
  ResidualConvArgs args;
  args.h = make_view<4>(h.data(), {1, to + k - 1, fo + k - 1, co});
  args.weight = &weight;
  args.kernel = k;
  args.bias = args.shortcut_bias = bias.data();
  args.x = make_view<4>(x.data(), {1, ti, fi, ci});
  args.shortcut = &shortcut;
  args.y = make_view<4>(y.data(), {1, to, fo, co});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    residual_conv(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, residual_conv_work(args));
}
BENCHMARK(residual_conv_block)
    ->Args({500, 80, 1, 32})
    ->Args({250, 40, 32, 64})
    ->Args({125, 20, 64, 128})
    ->Args({63, 10, 128, 256})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
