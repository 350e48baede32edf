#include "kernels/scaled_attention/scaled_attention.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of `frames` rows, 12 heads of 64; WavLM's bias where `with_bias`.
void scaled_attention_encoder(benchmark::State& state, Precision precision, bool with_bias) {
  const int64_t clips = state.range(0), frames = state.range(1), heads = 12, d = 64, c = heads * d;
  const std::vector<float> qkv = random_values(clips * frames * 3 * c),
                           bias = random_values(heads * (2 * frames - 1)),
                           gate = random_values(clips * frames * heads);
  std::vector<float> y(static_cast<size_t>(clips * frames * c));
  std::vector<int64_t> begin;
  for (int64_t b = 0; b <= clips; ++b) begin.push_back(b * frames);
  const Stream stream = cpu_stream();
  std::vector<float> workspace(scaled_attention_workspace(clips * frames, heads, d, stream) / sizeof(float));
  ScaledAttentionArgs args;
  args.q = {qkv.data(), {clips * frames, c}, {3 * c, 1}};
  args.k = {qkv.data() + c, {clips * frames, c}, {3 * c, 1}};
  args.v = {qkv.data() + 2 * c, {clips * frames, c}, {3 * c, 1}};
  args.clips = {begin.data(), nullptr, clips};
  args.heads = heads;
  if (with_bias) {
    args.bias = make_view<2>(bias.data(), {heads, 2 * frames - 1});
    args.gate = make_view<2>(gate.data(), {clips * frames, heads});
  }
  args.y = make_view<2>(y.data(), {clips * frames, c});
  args.precision = precision;
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    scaled_attention(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, scaled_attention_work(args));
}
void clips_and_frames(benchmark::internal::Benchmark* bench) {
  bench->Args({1, 249})->Args({8, 50})->Args({1, 1500})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(scaled_attention_encoder, fp32, Precision::fp32, false)->Apply(clips_and_frames);
BENCHMARK_CAPTURE(scaled_attention_encoder, fp32_biased, Precision::fp32, true)->Apply(clips_and_frames);
BENCHMARK_CAPTURE(scaled_attention_encoder, bf16, Precision::bf16, false)->Apply(clips_and_frames);

}  // namespace
}  // namespace serene::bench
