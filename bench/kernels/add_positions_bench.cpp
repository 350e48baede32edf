#include "kernels/add_positions/add_positions.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Whisper base, 30 s.
void add_positions_clip(benchmark::State& state) {
  constexpr int64_t kRows = 1500, kChannels = 512;
  const std::vector<float> x = random_values(kRows * kChannels), table = random_values(kRows * kChannels);
  std::vector<float> y(x.size());
  const int64_t begin[] = {0, kRows};
  AddPositionsArgs args;
  args.x = make_view<2>(x.data(), {kRows, kChannels});
  args.clips = {begin, nullptr, 1};
  args.table = make_view<2>(table.data(), {kRows, kChannels});
  args.y = make_view<2>(y.data(), {kRows, kChannels});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    add_positions(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, add_positions_work(args));
}
BENCHMARK(add_positions_clip)->UseRealTime();

}  // namespace
}  // namespace serene::bench
