#include "kernels/cosine_similarity/cosine_similarity.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// Clips of 5 s.
void cosine_similarity_mels(benchmark::State& state) {
  const int64_t b = state.range(0), t = 498, f = 80;
  const std::vector<float> x = random_values(b * t * f, 1), e = random_values(b * t * f, 2);
  std::vector<float> d(static_cast<size_t>(b * f));
  CosineSimilarityArgs args;
  args.x = make_view<3>(x.data(), {b, t, f});
  args.e = make_view<3>(e.data(), {b, t, f});
  args.d = make_view<2>(d.data(), {b, f});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    cosine_similarity(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, cosine_similarity_work(args));
}
BENCHMARK(cosine_similarity_mels)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace serene::bench
