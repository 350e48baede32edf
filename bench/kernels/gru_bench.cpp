#include "kernels/gru/gru.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips, rows of each: a layer of 128 units.
void gru_layer(benchmark::State& state) {
  const int64_t clips = state.range(0), rows = clips * state.range(1), units = 128;
  const std::vector<float> gates = random_values(rows * 6 * units), w = random_values(3 * units * units),
                           b = random_values(6 * units);
  const PackedMatrix weight = PackedMatrix::from_rows(w, 3 * units, units);
  std::vector<float> y(static_cast<size_t>(rows * 2 * units));
  std::vector<int64_t> begin;
  for (int64_t i = 0; i <= clips; ++i) begin.push_back(i * state.range(1));
  const Stream stream = cpu_stream();
  std::vector<float> workspace(gru_workspace(units, stream) / sizeof(float));
  GruArgs args;
  args.gates = make_view<2>(gates.data(), {rows, 6 * units});
  args.clips = {begin.data(), nullptr, clips};
  args.forward = args.backward = &weight;
  args.bias = make_view<2>(b.data(), {2, 3 * units});
  args.y = make_view<2>(y.data(), {rows, 2 * units});
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    gru(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, gru_work(args));
}
BENCHMARK(gru_layer)->Args({1, 250})->Args({1, 1500})->Args({16, 250})->UseRealTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
