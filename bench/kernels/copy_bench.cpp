#include "kernels/copy/copy.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void copy_into_slice(benchmark::State& state) {
  const int64_t t = 801, f = 101, c = state.range(0), wide = 4 * c;
  const std::vector<float> x = random_values(t * f * c);
  std::vector<float> y(static_cast<size_t>(t * f * wide));
  CopyArgs args;
  args.x = make_view<4>(x.data(), {1, t, f, c});
  args.y = {y.data(), {1, t, f, c}, {t * f * wide, f * wide, wide, 1}};
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    copy(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, copy_work(args));
}
BENCHMARK(copy_into_slice)->Arg(16)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace serene::bench
