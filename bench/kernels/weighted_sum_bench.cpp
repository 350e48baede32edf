#include "kernels/weighted_sum/weighted_sum.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A state of a large encoder, 5 s.
void weighted_sum_state(benchmark::State& state) {
  constexpr int64_t kRows = 249, kChannels = 1024, kStates = 25;
  const std::vector<float> x = random_values(kRows * kChannels), logits = random_values(kStates);
  std::vector<float> y(x.size());
  WeightedSumArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.logits = make_view<1>(logits.data(), {kStates});
  args.add = true;
  args.y = make_view<2>(y.data(), {kRows, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    weighted_sum(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, weighted_sum_work(args));
}
BENCHMARK(weighted_sum_state)->UseRealTime();

}  // namespace
}  // namespace serene::bench
