#include "kernels/self_attention_pool/self_attention_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Rows of a clip, four hops over a GRU of 128 units.
void self_attention_pool_clip(benchmark::State& state) {
  const int64_t rows = state.range(0), e = 256, p = 128, hops = 4;
  const std::vector<float> x = random_values(rows * e), projected = random_values(rows * p),
                           v = random_values(hops * p);
  std::vector<float> y(static_cast<size_t>(hops * e));
  const int64_t begin[] = {0, rows};
  SelfAttentionPoolArgs args;
  args.x = make_view<2>(x.data(), {rows, e});
  args.projected = make_view<2>(projected.data(), {rows, p});
  args.v = make_view<2>(v.data(), {hops, p});
  args.clips = {begin, nullptr, 1};
  args.y = make_view<2>(y.data(), {1, hops * e});
  const Stream stream = cpu_stream();
  std::vector<double> workspace(self_attention_pool_workspace(args, stream) / sizeof(double) + 1);
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    self_attention_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, self_attention_pool_work(args));
}
BENCHMARK(self_attention_pool_clip)->Arg(250)->Arg(1500)->UseRealTime();

}  // namespace
}  // namespace serene::bench
