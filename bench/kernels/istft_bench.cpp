#include "kernels/istft/istft.h"

#include "bench/support/op_bench.h"
#include "kernels/common/aligned_buffer.h"

namespace serene::bench {
namespace {

void istft_clip(benchmark::State& state) {
  const int64_t b = state.range(0), n = 80000, n_fft = 400, hop = 100, t = n / hop + 1, f = n_fft / 2 + 1;
  const std::vector<float> x = random_values(b * t * f * 2), gain(static_cast<size_t>(b), 2.0f);
  const std::vector<double> window(static_cast<size_t>(n_fft), 1.0);
  const RealFft fft(n_fft);
  std::vector<float> y(static_cast<size_t>(b * n));
  const Stream stream = cpu_stream();
  const AlignedBuffer workspace(istft_workspace(b, t, fft, stream));
  IstftArgs args;
  args.x = make_view<4>(x.data(), {b, t, f, 2});
  args.window = make_view<1>(window.data(), {n_fft});
  args.fft = &fft;
  args.hop = hop;
  args.gain = make_view<1>(gain.data(), {b});
  args.y = make_view<2>(y.data(), {b, n});
  args.workspace = {static_cast<std::byte*>(workspace.data()), workspace.bytes()};
  for (auto _ : state) {
    istft(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, istft_work(args));
}
BENCHMARK(istft_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
