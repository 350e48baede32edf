#include "kernels/conv1d/conv1d.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Frames, channels in and out, taps, stride, padding: the layers of a wav2vec encoder on 5 s, Whisper base's
// on 30.
void conv1d_encoder(benchmark::State& state, Precision precision) {
  const int64_t n = state.range(0), ci = state.range(1), co = state.range(2), taps = state.range(3);
  const std::vector<float> x = random_values(n * ci), w = random_values(co * ci * taps),
                           b = random_values(co);
  const PackedMatrix weight = PackedMatrix::from_conv(w, co, ci, taps, 1);
  Conv1dArgs args;
  args.taps = taps;
  args.stride = state.range(4);
  args.padding = state.range(5);
  const int64_t frames = conv1d_length(n, taps, args.stride, args.padding);
  std::vector<float> y(static_cast<size_t>(frames * co));
  const int64_t x_begin[] = {0, n}, y_begin[] = {0, frames};
  args.x = make_view<2>(x.data(), {n, ci});
  args.x_clips = {x_begin, nullptr, 1};
  args.weight = &weight;
  args.bias = make_view<1>(b.data(), {co});
  args.activation = Activation::gelu;
  args.y_clips = {y_begin, nullptr, 1};
  args.y = make_view<2>(y.data(), {frames, co});
  args.precision = precision;
  const Stream stream = cpu_stream();
  std::vector<float> workspace(conv1d_workspace(args, stream) / sizeof(float));
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    conv1d(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, conv1d_work(args));
}
void layers(benchmark::internal::Benchmark* bench) {
  bench->Args({80000, 1, 512, 10, 5, 0})->Args({15999, 512, 512, 3, 2, 0})->Args({999, 512, 512, 2, 2, 0});
  bench->Args({3000, 80, 512, 3, 1, 1})->Args({3000, 512, 512, 3, 2, 1});
  bench->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(conv1d_encoder, fp32, Precision::fp32)->Apply(layers);
BENCHMARK_CAPTURE(conv1d_encoder, bf16, Precision::bf16)->Apply(layers);

}  // namespace
}  // namespace serene::bench
