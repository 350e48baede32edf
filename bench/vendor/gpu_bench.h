// What the vendor benches share: memory that host and GPU reach, times by events.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/error.h"
#include "kernels/common/memory.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"

namespace serene::bench {

inline void check_cuda(cudaError_t status) {
  if (status != cudaSuccess) throw Error(ErrorKind::device, cudaGetErrorString(status));
}

class ManagedMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* data = nullptr;
    check_cuda(cudaMallocManaged(&data, bytes));
    return data;
  }
  void release(void* data) noexcept override { cudaFree(data); }

  static ManagedMemory& instance() {
    static ManagedMemory memory;
    return memory;
  }
};

template <class T>
class Array {
 public:
  explicit Array(int64_t count)
      : count_(count),
        data_(static_cast<T*>(ManagedMemory::instance().allocate(static_cast<size_t>(count) * sizeof(T)))) {}
  // Uniform in [-1, 1).
  static Array random(int64_t count, uint32_t seed) {
    Array array(count);
    std::mt19937 generator(seed);
    for (int64_t i = 0; i < count; ++i)
      array.data()[i] = static_cast<T>(static_cast<double>(generator()) / 2147483648.0 - 1.0);
    return array;
  }
  Array(Array&& other) noexcept : count_(other.count_), data_(std::exchange(other.data_, nullptr)) {}
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() {
    if (data_ != nullptr) ManagedMemory::instance().release(data_);
  }
  T* data() const { return data_; }
  int64_t count() const { return count_; }

 private:
  int64_t count_;
  T* data_;
};

// One shape, both sides. `worst` is max |own - vendor| over max |vendor|.
struct Comparison {
  std::string op, shape, vendor;
  double own_ms = 0, vendor_ms = 0, worst = 0;
};

// Median of 20 after 3 to warm up.
template <class Run>
double median_ms(cudaStream_t stream, const Run& run) {
  constexpr int kWarm = 3, kTimed = 20;
  cudaEvent_t begin, end;
  check_cuda(cudaEventCreate(&begin));
  check_cuda(cudaEventCreate(&end));
  std::vector<float> times;
  for (int i = 0; i < kWarm + kTimed; ++i) {
    check_cuda(cudaEventRecord(begin, stream));
    run();
    check_cuda(cudaEventRecord(end, stream));
    check_cuda(cudaEventSynchronize(end));
    float ms = 0;
    check_cuda(cudaEventElapsedTime(&ms, begin, end));
    if (i >= kWarm) times.push_back(ms);
  }
  check_cuda(cudaEventDestroy(begin));
  check_cuda(cudaEventDestroy(end));
  std::nth_element(times.begin(), times.begin() + kTimed / 2, times.end());
  return times[kTimed / 2];
}

inline double worst_difference(const Array<float>& own, const Array<float>& vendor) {
  double difference = 0, largest = 0;
  for (int64_t i = 0; i < own.count(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(own.data()[i]) - vendor.data()[i]));
    largest = std::max(largest, std::abs(static_cast<double>(vendor.data()[i])));
  }
  return difference / largest;
}

// Clips of 5 s in a batch. fp32 and tf32.
std::vector<Comparison> against_cublas(int64_t batch, Precision precision, cudaStream_t stream);
std::vector<Comparison> against_cudnn(int64_t batch, Precision precision, cudaStream_t stream);
std::vector<Comparison> against_cufft(int64_t batch, cudaStream_t stream);

}  // namespace serene::bench
