#include "kernels/normalize/normalize.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s.
void normalize_clip(benchmark::State& state) {
  constexpr int64_t kSamples = 80000;
  const std::vector<float> x = random_values(kSamples);
  std::vector<float> y(x.size());
  const int64_t begin[] = {0, kSamples};
  NormalizeArgs args;
  args.x = make_view<1>(x.data(), {kSamples});
  args.clips = {begin, nullptr, 1};
  args.y = make_view<1>(y.data(), {kSamples});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    normalize(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, normalize_work(args));
}
BENCHMARK(normalize_clip)->UseRealTime();

}  // namespace
}  // namespace serene::bench
