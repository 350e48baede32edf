// What every op bench shares. A bench checks nothing by itself: the tests do; GB/s and GFLOP/s are next to
// the time, by the op's own count of its work.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "kernels/common/stream.h"
#include "kernels/common/thread_pool.h"
#include "kernels/common/work.h"

namespace serene::bench {

inline std::vector<float> random_values(int64_t count, uint32_t seed = 1) {
  std::mt19937 generator(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) v = static_cast<float>(generator() / 2147483648.0 - 1.0);
  return values;
}

// All cores the machine has.
inline Stream cpu_stream() {
  static ThreadPool pool(static_cast<int>(std::thread::hardware_concurrency()));
  return {Device::cpu, &pool};
}

// The op's own count of one iteration.
inline void count(benchmark::State& state, const Work& work) {
  const double n = static_cast<double>(state.iterations());
  state.counters["GB/s"] = benchmark::Counter(work.bytes * n / 1e9, benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] = benchmark::Counter(work.flop * n / 1e9, benchmark::Counter::kIsRate);
}

}  // namespace serene::bench
