#include "kernels/stft/stft.h"

#include "bench/support/op_bench.h"
#include "kernels/common/aligned_buffer.h"

namespace serene::bench {
namespace {

void stft_clip(benchmark::State& state) {
  const int64_t b = state.range(0), n = 80000, n_fft = 400, hop = 100, t = n / hop + 1, f = n_fft / 2 + 1;
  const std::vector<float> x = random_values(b * n);
  const std::vector<double> window(static_cast<size_t>(n_fft), 1.0);
  const RealFft fft(n_fft);
  std::vector<float> y(static_cast<size_t>(b * t * f * 2));
  const Stream stream = cpu_stream();
  const AlignedBuffer workspace(stft_workspace(fft, stream));
  StftArgs args;
  args.x = make_view<2>(x.data(), {b, n});
  args.window = make_view<1>(window.data(), {n_fft});
  args.fft = &fft;
  args.hop = hop;
  args.y = make_view<4>(y.data(), {b, t, f, 2});
  args.workspace = {static_cast<std::byte*>(workspace.data()), workspace.bytes()};
  for (auto _ : state) {
    stft(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, stft_work(args));
}
BENCHMARK(stft_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
