#include "runtime/src/back_end/cpu_back_end.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "kernels/common/cpu/vector_kernels.h"
#include "runtime/src/back_end/cpu_peaks.h"

namespace serene::runtime {

int thread_count(int threads) {
  if (threads > 0) return threads;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::string thread_text(const ThreadPool& pool) {
  return ", " + std::to_string(pool.size()) + (pool.size() == 1 ? " thread" : " threads");
}

CpuBackEnd::CpuBackEnd(int threads)
    : pool_(thread_count(threads)),
      stream_{Device::cpu, &pool_},
      name_(std::string("cpu ") + cpu::vector_kernels().name + thread_text(pool_)) {}

Peaks CpuBackEnd::peaks(Precision precision) { return measure_peaks(pool_, precision); }

void CpuBackEnd::copy(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
void CpuBackEnd::upload(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
void CpuBackEnd::download(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }

}  // namespace serene::runtime
