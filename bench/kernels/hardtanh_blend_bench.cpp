#include "kernels/hardtanh_blend/hardtanh_blend.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s.
void hardtanh_blend_mels(benchmark::State& state) {
  const int64_t b = state.range(0), t = 498, f = 80;
  const std::vector<float> x = random_values(b * t * f, 1), e = random_values(b * t * f, 2);
  const std::vector<float> d = random_values(b * f, 3), w = random_values(f, 4);
  std::vector<float> c(static_cast<size_t>(b)), y(static_cast<size_t>(b * t * f));
  HardtanhBlendArgs args;
  args.similarity = make_view<2>(d.data(), {b, f});
  args.weight = make_view<1>(w.data(), {f});
  args.bias = 0.5f;
  args.x = make_view<3>(x.data(), {b, t, f});
  args.e = make_view<3>(e.data(), {b, t, f});
  args.coefficient = make_view<1>(c.data(), {b});
  args.y = make_view<3>(y.data(), {b, t, f});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    hardtanh_blend(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, hardtanh_blend_work(args));
}
BENCHMARK(hardtanh_blend_mels)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
