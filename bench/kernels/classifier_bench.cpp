#include "kernels/classifier/classifier.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void classifier_embedding(benchmark::State& state) {
  const int64_t b = state.range(0), e = 256, h = 128, k = 4;
  const std::vector<float> embedding = random_values(b * e), bias = random_values(h);
  const PackedMatrix w1 = PackedMatrix::from_rows(random_values(h * e), h, e);
  const PackedMatrix w2 = PackedMatrix::from_rows(random_values(k * h), k, h);
  std::vector<float> log_posterior(static_cast<size_t>(b * k));
  ClassifierArgs args;
  args.embedding = make_view<2>(embedding.data(), {b, e});
  args.w1 = &w1;
  args.b1 = make_view<1>(bias.data(), {h});
  args.w2 = &w2;
  args.b2 = make_view<1>(bias.data(), {k});
  args.log_posterior = make_view<2>(log_posterior.data(), {b, k});
  std::vector<std::byte> workspace(classifier_workspace(args));
  args.workspace = workspace;
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    classifier(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, classifier_work(args));
}
BENCHMARK(classifier_embedding)->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace serene::bench
