#include "kernels/pointwise/pointwise.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A batch of vectors of a large encoder.
void pointwise_batch(benchmark::State& state) {
  constexpr int64_t kRows = 32, kChannels = 1024;
  const std::vector<float> x = random_values(kRows * kChannels);
  std::vector<float> y(x.size());
  PointwiseArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.y = make_view<2>(y.data(), {kRows, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    pointwise(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, pointwise_work(args));
}
BENCHMARK(pointwise_batch)->UseRealTime();

}  // namespace
}  // namespace serene::bench
