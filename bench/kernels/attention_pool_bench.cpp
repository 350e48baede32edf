#include "kernels/attention_pool/attention_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s.
void attention_pool_encoder(benchmark::State& state) {
  const int64_t b = state.range(0), t = 32, e = 256;
  const std::vector<float> x = random_values(b * t * e), u = random_values(e);
  std::vector<float> y(static_cast<size_t>(b * e));
  AttentionPoolArgs args;
  args.x = make_view<3>(x.data(), {b, t, e});
  args.u = make_view<1>(u.data(), {e});
  args.y = make_view<2>(y.data(), {b, e});
  std::vector<std::byte> workspace(attention_pool_workspace(args));
  args.workspace = workspace;
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    attention_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, attention_pool_work(args));
}
BENCHMARK(attention_pool_encoder)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
