#include "kernels/linear/linear.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Rows, K, N of an encoder's products: 1 s and 5 s of a base and of a large one, 30 s of Whisper base.
void linear_encoder(benchmark::State& state, Precision precision) {
  const int64_t rows = state.range(0), k = state.range(1), n = state.range(2);
  const std::vector<float> x = random_values(rows * k), w = random_values(n * k), b = random_values(n);
  const PackedMatrix weight = PackedMatrix::from_rows(w, n, k);
  std::vector<float> y(static_cast<size_t>(rows * n));
  const Stream stream = cpu_stream();
  std::vector<float> workspace(linear_workspace(rows, weight, precision, stream) / sizeof(float));
  LinearArgs args;
  args.x = make_view<2>(x.data(), {rows, k});
  args.weight = &weight;
  args.bias = make_view<1>(b.data(), {n});
  args.activation = n > k ? Activation::gelu : Activation::none;
  args.y = make_view<2>(y.data(), {rows, n});
  if (n < k) args.residual = args.y;
  args.precision = precision;
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    linear(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, linear_work(args));
}
void shapes(benchmark::internal::Benchmark* bench) {
  for (int64_t rows : {50, 249}) {
    for (auto [k, n] : {std::pair<int64_t, int64_t>{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}})
      bench->Args({rows, k, n});
  }
  bench->Args({249, 1024, 4096})->Args({249, 4096, 1024})->Args({1500, 512, 2048})->Args({1500, 2048, 512});
  bench->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(linear_encoder, fp32, Precision::fp32)->Apply(shapes);
BENCHMARK_CAPTURE(linear_encoder, bf16, Precision::bf16)->Apply(shapes);

}  // namespace
}  // namespace serene::bench
