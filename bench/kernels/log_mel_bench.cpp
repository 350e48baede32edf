#include "kernels/log_mel/log_mel.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of so many seconds, without padding.
void log_mel_clip(benchmark::State& state) {
  const int64_t n = state.range(0) * 16000, frames = SlaneyBank::own_frames(n);
  const std::vector<float> x = random_values(n);
  const SlaneyBank bank(80);
  std::vector<float> y(static_cast<size_t>(frames * bank.mels()));
  const int64_t samples[] = {0, n}, rows[] = {0, frames};
  const Stream stream = cpu_stream();
  std::vector<double> workspace(log_mel_workspace(frames, bank, stream) / sizeof(double) + 1);
  LogMelArgs args;
  args.x = make_view<1>(x.data(), {n});
  args.samples = {samples, nullptr, 1};
  args.bank = &bank;
  args.frames = {rows, nullptr, 1};
  args.y = make_view<2>(y.data(), {frames, bank.mels()});
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    log_mel(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, log_mel_work(args));
}
BENCHMARK(log_mel_clip)->Arg(5)->Arg(30)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
