#include "kernels/mean_pool/mean_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// The last state of a large encoder, 5 s.
void mean_pool_state(benchmark::State& state) {
  constexpr int64_t kRows = 249, kChannels = 1024;
  const std::vector<float> x = random_values(kRows * kChannels);
  std::vector<float> y(kChannels);
  const int64_t begin[] = {0, kRows};
  MeanPoolArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.clips = {begin, nullptr, 1};
  args.y = make_view<2>(y.data(), {1, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    mean_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, mean_pool_work(args));
}
BENCHMARK(mean_pool_state)->UseRealTime();

}  // namespace
}  // namespace serene::bench
