#include "kernels/feed_forward/feed_forward.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Every position of a clip of 5 s.
void feed_forward_clip(benchmark::State& state) {
  constexpr int64_t kRows = 801 * 101, kChannels = 64, kHidden = 256;
  const std::vector<float> x = random_values(kRows * kChannels), w = random_values(kHidden * kChannels);
  const std::vector<float> v = random_values(kHidden);
  const PackedMatrix w1 = PackedMatrix::from_rows(w, kHidden, kChannels);
  const PackedMatrix w2 = PackedMatrix::from_rows(w, kChannels, kHidden);
  std::vector<float> y(x.size());
  const Stream stream = cpu_stream();
  std::vector<float> workspace(feed_forward_workspace(kChannels, kHidden, stream) / sizeof(float));
  FeedForwardArgs args;
  args.x = args.residual = make_view<2>(x.data(), {kRows, kChannels});
  args.norm_weight = args.norm_bias = args.b2 = make_view<1>(v.data(), {kChannels});
  args.w1 = &w1;
  args.b1 = make_view<1>(v.data(), {kHidden});
  args.w2 = &w2;
  args.y = make_view<2>(y.data(), {kRows, kChannels});
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    feed_forward(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, feed_forward_work(args));
}
BENCHMARK(feed_forward_clip)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
