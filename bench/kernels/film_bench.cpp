#include "kernels/film/film.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

void film_embedding(benchmark::State& state) {
  const int64_t b = state.range(0), e = 256;
  const std::vector<float> h = random_values(b * e), w = random_values(e), c = random_values(b);
  std::vector<float> y(static_cast<size_t>(b * e));
  FilmArgs args;
  args.h = make_view<2>(h.data(), {b, e});
  args.coefficient = make_view<1>(c.data(), {b});
  args.scale_weight = args.scale_bias = args.shift_weight = args.shift_bias = make_view<1>(w.data(), {e});
  args.y = make_view<2>(y.data(), {b, e});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    film(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, film_work(args));
}
BENCHMARK(film_embedding)->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace serene::bench
