#include "kernels/zero_border/zero_border.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void zero_border_of_dilated_block(benchmark::State& state) {
  const int64_t c = state.range(0), t = 801 + 8, f = 101 + 2;
  std::vector<float> y(static_cast<size_t>(t * f * c));
  ZeroBorderArgs args;
  args.y = make_view<4>(y.data(), {1, t, f, c});
  args.before_t = 8;
  args.before_f = args.after_f = 1;
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    zero_border(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, zero_border_work(args));
}
BENCHMARK(zero_border_of_dilated_block)->Arg(64)->Arg(256)->UseRealTime();

}  // namespace
}  // namespace serene::bench
