#include "kernels/log_softmax/log_softmax.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A batch of four emotions.
void log_softmax_batch(benchmark::State& state) {
  constexpr int64_t kRows = 32, kClasses = 4;
  const std::vector<float> x = random_values(kRows * kClasses);
  std::vector<float> y(x.size());
  LogSoftmaxArgs args;
  args.x = make_view<2>(x.data(), {kRows, kClasses});
  args.y = make_view<2>(y.data(), {kRows, kClasses});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    log_softmax(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, log_softmax_work(args));
}
BENCHMARK(log_softmax_batch)->UseRealTime();

}  // namespace
}  // namespace serene::bench
