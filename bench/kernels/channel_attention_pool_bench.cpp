#include "kernels/channel_attention_pool/channel_attention_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s.
void channel_attention_pool_encoder(benchmark::State& state) {
  const int64_t b = state.range(0), t = 31, c = 512, e = 256;
  const std::vector<float> x = random_values(b * t * c), w = random_values(e * c), bias = random_values(e);
  const PackedMatrix att = PackedMatrix::from_rows(w, e, c), cla = PackedMatrix::from_rows(w, e, c);
  std::vector<float> y(static_cast<size_t>(b * e));
  ChannelAttentionPoolArgs args;
  args.x = make_view<3>(x.data(), {b, t, c});
  args.att = &att;
  args.cla = &cla;
  args.att_bias = args.cla_bias = make_view<1>(bias.data(), {e});
  args.y = make_view<2>(y.data(), {b, e});
  std::vector<std::byte> workspace(channel_attention_pool_workspace(args));
  args.workspace = workspace;
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    channel_attention_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, channel_attention_pool_work(args));
}
BENCHMARK(channel_attention_pool_encoder)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
