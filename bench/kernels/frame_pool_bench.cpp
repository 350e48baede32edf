#include "kernels/frame_pool/frame_pool.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A state of Whisper base, 3 s, to 12.5 Hz.
void frame_pool_state(benchmark::State& state) {
  constexpr int64_t kRows = 150, kGroups = 38, kChannels = 512;
  const std::vector<float> x = random_values(kRows * kChannels);
  std::vector<float> y(kGroups * kChannels);
  const int64_t rows[] = {0, kRows}, groups[] = {0, kGroups};
  const Stream stream = cpu_stream();
  const FramePoolArgs args{make_view<2>(x.data(), {kRows, kChannels}),
                           {rows, nullptr, 1},
                           4,
                           {groups, nullptr, 1},
                           make_view<2>(y.data(), {kGroups, kChannels})};
  for (auto _ : state) {
    frame_pool(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, frame_pool_work(args));
}
BENCHMARK(frame_pool_state)->UseRealTime();

}  // namespace
}  // namespace serene::bench
