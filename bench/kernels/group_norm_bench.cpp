#include "kernels/group_norm/group_norm.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// After the first layer of a wav2vec encoder, 5 s.
void group_norm_clip(benchmark::State& state) {
  constexpr int64_t kRows = 15999, kChannels = 512;
  std::vector<float> x = random_values(kRows * kChannels);
  const std::vector<float> v = random_values(kChannels);
  const int64_t begin[] = {0, kRows};
  const Stream stream = cpu_stream();
  std::vector<double> workspace(group_norm_workspace(kRows, 1, kChannels, stream) / sizeof(double) + 1);
  GroupNormArgs args;
  args.y = make_view<2>(x.data(), {kRows, kChannels});
  args.x = args.y;
  args.clips = {begin, nullptr, 1};
  args.weight = args.bias = make_view<1>(v.data(), {kChannels});
  args.activation = Activation::gelu;
  args.workspace = std::as_writable_bytes(std::span(workspace));
  for (auto _ : state) {
    group_norm(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, group_norm_work(args));
}
BENCHMARK(group_norm_clip)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
