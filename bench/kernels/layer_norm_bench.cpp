#include "kernels/layer_norm/layer_norm.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Every position of a clip of 5 s, with the residual that ends a conformer.
void layer_norm_clip(benchmark::State& state) {
  constexpr int64_t kRows = 801 * 101, kChannels = 64;
  const std::vector<float> x = random_values(kRows * kChannels),
                           residual = random_values(kRows * kChannels, 2);
  const std::vector<float> weight = random_values(kChannels);
  std::vector<float> y(x.size());
  LayerNormArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.weight = args.bias = make_view<1>(weight.data(), {kChannels});
  args.residual = make_view<2>(residual.data(), {kRows, kChannels});
  args.y = make_view<2>(y.data(), {kRows, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    layer_norm(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, layer_norm_work(args));
}
BENCHMARK(layer_norm_clip)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
