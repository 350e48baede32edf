#include "kernels/fbank/fbank.h"

#include "bench/support/op_bench.h"
#include "kernels/common/aligned_buffer.h"

namespace serene::bench {
namespace {

void fbank_clip(benchmark::State& state) {
  const int64_t b = state.range(0), n = 80000, t = MelBank::frames(n);
  const std::vector<float> x = random_values(b * n);
  const MelBank bank;
  std::vector<float> y(static_cast<size_t>(b * t * MelBank::kMels));
  const Stream stream = cpu_stream();
  const AlignedBuffer workspace(fbank_workspace(bank, stream));
  FbankArgs args;
  args.x = make_view<2>(x.data(), {b, n});
  args.bank = &bank;
  args.y = make_view<3>(y.data(), {b, t, MelBank::kMels});
  args.workspace = {static_cast<std::byte*>(workspace.data()), workspace.bytes()};
  for (auto _ : state) {
    fbank(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, fbank_work(args));
}
BENCHMARK(fbank_clip)->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace serene::bench
