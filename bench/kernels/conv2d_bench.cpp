#include "kernels/conv2d/conv2d.h"

#include "bench/support/op_bench.h"

namespace serene::bench {
namespace {

// A clip of 5 s.
constexpr int64_t kFrames = 801, kBins = 101, kChannels = 64;

// Layer range(0) of a dilated dense block, over the slab all its layers share.
void conv2d_dense_block(benchmark::State& state) {
  constexpr int64_t kDepth = 4, kHistory = 8;
  const int64_t layer = state.range(0), ci = (layer + 1) * kChannels, dilation = int64_t{1} << layer;
  constexpr int64_t kWidth = (kDepth + 1) * kChannels;
  std::vector<float> slab = random_values((kHistory + kFrames) * (kBins + 2) * kWidth);
  const std::vector<float> w = random_values(kChannels * ci * 6), bias = random_values(kChannels);
  const PackedMatrix weight = PackedMatrix::from_conv(w, kChannels, ci, 2, 3);
  const auto map = make_view<4>(slab.data(), {1, kHistory + kFrames, kBins + 2, kWidth});
  Conv2dArgs args;
  args.x = map;
  args.x.data += (kHistory - dilation) * map.stride[1] + (kDepth - layer) * kChannels;
  args.x.shape = {1, dilation + kFrames, kBins + 2, ci};
  args.weight = &weight;
  args.kernel_t = 2;
  args.kernel_f = 3;
  args.dilation_t = dilation;
  args.bias = bias.data();
  args.y = map;
  args.y.data += kHistory * map.stride[1] + map.stride[2] + (kDepth - 1 - layer) * kChannels;
  args.y.shape = {1, kFrames, kBins, kChannels};
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    conv2d(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, conv2d_work(args));
}
BENCHMARK(conv2d_dense_block)->DenseRange(0, 3)->UseRealTime()->Unit(benchmark::kMillisecond);

// kernel (1, range(3)) with stride range(4): (T, range(0), range(1)) -> channels range(2).
void conv2d_row(benchmark::State& state) {
  const int64_t fi = state.range(0), ci = state.range(1), co = state.range(2), kernel = state.range(3);
  const int64_t fo = (fi - kernel) / state.range(4) + 1;
  const std::vector<float> x = random_values(kFrames * fi * ci), bias = random_values(co);
  const PackedMatrix weight = PackedMatrix::from_conv(random_values(co * ci * kernel), co, ci, 1, kernel);
  std::vector<float> y(static_cast<size_t>(kFrames * fo * co));
  Conv2dArgs args;
  args.x = make_view<4>(x.data(), {1, kFrames, fi, ci});
  args.weight = &weight;
  args.kernel_f = kernel;
  args.stride_f = state.range(4);
  args.bias = bias.data();
  args.y = make_view<4>(y.data(), {1, kFrames, fo, co});
  const Stream stream = cpu_stream();
  for (auto _ : state) {
    conv2d(args, stream);
    benchmark::ClobberMemory();
  }
  count(state, conv2d_work(args));
}
BENCHMARK(conv2d_row)
    ->Args({201, 3, kChannels, 1, 1})
    ->Args({203, kChannels, kChannels, 3, 2})
    ->Args({103, kChannels, 2 * kChannels, 3, 1})
    ->Args({202, kChannels, 1, 2, 1})
    ->Args({202, kChannels, 2, 2, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace serene::bench
