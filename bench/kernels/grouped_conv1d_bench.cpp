#include "kernels/grouped_conv1d/grouped_conv1d.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Rows, channels: the position convolution of 5 s, base and large.
void grouped_conv1d_encoder(benchmark::State& state, Precision precision) {
  const int64_t rows = state.range(0), channels = state.range(1), groups = 16, taps = 128,
                width = channels / groups;
  const std::vector<float> x = random_values(rows * channels), w = random_values(channels * width * taps),
                           b = random_values(channels);
  const PackedMatrix weight = PackedMatrix::from_grouped_conv(w, groups, width, width, taps);
  std::vector<float> y(x.size());
  const int64_t begin[] = {0, rows};
  const Stream stream = cpu_stream();
  std::vector<float> workspace(grouped_conv1d_workspace(channels, groups, taps, stream) / sizeof(float));
  GroupedConv1dArgs args;
  args.x = args.residual = make_view<2>(x.data(), {rows, channels});
  args.clips = {begin, nullptr, 1};
  args.weight = &weight;
  args.groups = groups;
  args.taps = taps;
  args.bias = make_view<1>(b.data(), {channels});
  args.y = make_view<2>(y.data(), {rows, channels});
  args.precision = precision;
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    grouped_conv1d(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, grouped_conv1d_work(args));
}
BENCHMARK_CAPTURE(grouped_conv1d_encoder, fp32, Precision::fp32)
    ->Args({249, 768})
    ->Args({249, 1024})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(grouped_conv1d_encoder, bf16, Precision::bf16)
    ->Args({249, 768})
    ->Args({249, 1024})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
