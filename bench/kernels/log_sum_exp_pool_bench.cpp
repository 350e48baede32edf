#include "kernels/log_sum_exp_pool/log_sum_exp_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Two powers of the frames of 30 s at 12.5 Hz.
void log_sum_exp_pool_powers(benchmark::State& state) {
  constexpr int64_t kRows = 375, kChannels = 2;
  const std::vector<float> x = random_values(kRows * kChannels);
  std::vector<float> y(kChannels);
  const int64_t begin[] = {0, kRows};
  LogSumExpPoolArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.clips = {begin, nullptr, 1};
  args.y = make_view<2>(y.data(), {1, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    log_sum_exp_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, log_sum_exp_pool_work(args));
}
BENCHMARK(log_sum_exp_pool_powers)->UseRealTime();

}  // namespace
}  // namespace serene::bench
