#include "kernels/mask_estimate/mask_estimate.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void mask_estimate_clip(benchmark::State& state) {
  const int64_t b = state.range(0), t = 801, f = 201;
  const std::vector<float> mask = random_values(b * t * f), residual = random_values(b * t * f * 2);
  const std::vector<float> compressed = random_values(b * t * f * 3);
  std::vector<float> y(static_cast<size_t>(b * t * f * 2));
  MaskEstimateArgs args;
  args.mask = make_view<3>(mask.data(), {b, t, f});
  args.noisy = {compressed.data() + 1, {b, t, f, 2}, {t * f * 3, f * 3, 3, 1}};
  args.residual = make_view<4>(residual.data(), {b, t, f, 2});
  args.y = make_view<4>(y.data(), {b, t, f, 2});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    mask_estimate(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, mask_estimate_work(args));
}
BENCHMARK(mask_estimate_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
