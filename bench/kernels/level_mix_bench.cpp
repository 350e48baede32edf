#include "kernels/level_mix/level_mix.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s.
void level_mix_clip(benchmark::State& state) {
  constexpr int64_t kSamples = 80000, kSegment = 32000, kSegments = 3;
  const std::vector<float> x = random_values(kSamples, 1), e = random_values(kSegments * kSegment, 2);
  std::vector<float> y(kSamples);
  const float level = 0.25f;
  const int64_t clip[] = {0, kSamples}, segments[] = {0, kSegments};
  LevelMixArgs args;
  args.x = make_view<1>(x.data(), {kSamples});
  args.clips = {clip, nullptr, 1};
  args.e = make_view<2>(e.data(), {kSegments, kSegment});
  args.segments = {segments, nullptr, 1};
  args.level = make_view<2>(&level, {1, 1});
  args.y = make_view<1>(y.data(), {kSamples});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    level_mix(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, level_mix_work(args));
}
BENCHMARK(level_mix_clip)->UseRealTime();

}  // namespace
}  // namespace serene::bench
