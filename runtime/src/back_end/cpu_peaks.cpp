#include "runtime/src/back_end/cpu_peaks.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "kernels/common/cpu/vector_kernels.h"

namespace serene::runtime {
namespace {

constexpr int kTries = 6;

// Of `run`, in seconds, the shortest time there was.
template <class Run>
double best_time(Run&& run) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const Clock::time_point start = Clock::now();
    run();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (i == 0 || seconds < best) best = seconds;
  }
  return std::max(best, 1e-9);
}

double measure_flops(ThreadPool& pool, Precision precision) {
  constexpr int64_t kRounds = 1 << 20;  // some 3 ms
  constexpr int64_t kTasks = 4;         // for each thread: one that is held up has fewer
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const auto multiply_adds =
      precision == Precision::bf16 ? kernels.multiply_adds_bf16 : kernels.multiply_adds;
  std::atomic<int64_t> flop{0};
  const double seconds = best_time([&] {
    flop = 0;
    pool.parallel_for(kTasks * pool.size(), [&](int64_t, int) {
      float value = 0.5f;
      flop += multiply_adds(kRounds, &value);
    });
  });
  return static_cast<double>(flop) / seconds;
}

double measure_bandwidth(ThreadPool& pool) {
  constexpr int64_t kMegabyte = 1 << 20, kPiece = kMegabyte / sizeof(float);
  const int64_t cache = std::max<int64_t>(::sysconf(_SC_LEVEL3_CACHE_SIZE), 0);
  const int64_t pieces = std::clamp<int64_t>(2 * cache / kMegabyte, 64, 128), count = pieces * kPiece;
  std::vector<float> sum(static_cast<size_t>(count)), a(sum.size(), 1.0f), b(sum.size(), 2.0f);
  const double seconds = best_time([&] {
    pool.parallel_for(pieces, [&](int64_t piece, int) {
      float* to = sum.data() + piece * kPiece;
      const float *x = a.data() + piece * kPiece, *y = b.data() + piece * kPiece;
      for (int64_t i = 0; i < kPiece; ++i) to[i] = x[i] + 3.0f * y[i];
    });
  });
  return 3.0 * static_cast<double>(count) * sizeof(float) / seconds;
}

}  // namespace

Peaks measure_peaks(ThreadPool& pool, Precision precision) {
  return {measure_flops(pool, precision), measure_bandwidth(pool)};
}

}  // namespace serene::runtime
