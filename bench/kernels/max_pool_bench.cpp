#include "kernels/max_pool/max_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// After the encoder's blocks: frames, mels, channels of a clip of 5 s.
void max_pool_block(benchmark::State& state) {
  const int64_t t = state.range(0), f = state.range(1), c = state.range(2);
  const std::vector<float> x = random_values(t * f * c);
  std::vector<float> y(static_cast<size_t>((t / 2) * (f / 2) * c));
  MaxPoolArgs args;
  args.x = make_view<4>(x.data(), {1, t, f, c});
  args.y = make_view<4>(y.data(), {1, t / 2, f / 2, c});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    max_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, max_pool_work(args));
}
BENCHMARK(max_pool_block)->Args({498, 80, 64})->Args({124, 20, 256})->Args({62, 10, 512})->UseRealTime();

}  // namespace
}  // namespace serene::bench
