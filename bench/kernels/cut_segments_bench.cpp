#include "kernels/cut_segments/cut_segments.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s into segments of 2 s.
void cut_segments_clip(benchmark::State& state) {
  constexpr int64_t kSamples = 80000, kSegment = 32000, kSegments = 3;
  const std::vector<float> x = random_values(kSamples);
  std::vector<float> y(kSegments * kSegment);
  const int64_t clip[] = {0, kSamples}, segments[] = {0, kSegments};
  CutSegmentsArgs args;
  args.x = make_view<1>(x.data(), {kSamples});
  args.clips = {clip, nullptr, 1};
  args.segments = {segments, nullptr, 1};
  args.y = make_view<2>(y.data(), {kSegments, kSegment});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    cut_segments(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, cut_segments_work(args));
}
BENCHMARK(cut_segments_clip)->UseRealTime();

}  // namespace
}  // namespace serene::bench
