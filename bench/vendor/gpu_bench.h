// What the vendor benches share: memory on the device, times by events.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
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

// Weights: written on the host, where the op lays them out, and copied by send().
class DeviceMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* data = nullptr;
    check_cuda(cudaMalloc(&data, bytes));
    host_[data].resize(bytes);
    return data;
  }
  void release(void* data) noexcept override {
    host_.erase(data);
    cudaFree(data);
  }
  void* host_copy(void* data) override { return host_.at(data).data(); }
  bool host_reads() const override { return false; }
  // Before kernels read what the host wrote.
  void send() const {
    for (const auto& [data, bytes] : host_)
      check_cuda(cudaMemcpy(data, bytes.data(), bytes.size(), cudaMemcpyHostToDevice));
  }

 private:
  std::map<void*, std::vector<std::byte>> host_;
};

// In the device's memory.
template <class T>
class Array {
 public:
  explicit Array(int64_t count) : count_(count) {
    check_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), static_cast<size_t>(count) * sizeof(T)));
  }
  explicit Array(const std::vector<T>& values) : Array(static_cast<int64_t>(values.size())) {
    check_cuda(cudaMemcpy(data_, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  Array(Array&& other) noexcept : count_(other.count_), data_(std::exchange(other.data_, nullptr)) {}
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { cudaFree(data_); }
  T* data() const { return data_; }
  int64_t count() const { return count_; }
  std::vector<T> values() const {
    std::vector<T> values(static_cast<size_t>(count_));
    check_cuda(cudaMemcpy(values.data(), data_, values.size() * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  int64_t count_;
  T* data_ = nullptr;
};

// Uniform in [-1, 1).
inline std::vector<float> random_values(int64_t count, uint32_t seed) {
  std::vector<float> values(static_cast<size_t>(count));
  std::mt19937 generator(seed);
  for (float& value : values)
    value = static_cast<float>(static_cast<double>(generator()) / 2147483648.0 - 1.0);
  return values;
}

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
  const std::vector<float> ours = own.values(), theirs = vendor.values();
  double difference = 0, largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - theirs[i]));
    largest = std::max(largest, std::abs(static_cast<double>(theirs[i])));
  }
  return difference / largest;
}

// Clips of 5 s in a batch. fp32 and tf32.
std::vector<Comparison> against_cublas(int64_t batch, Precision precision, cudaStream_t stream);
std::vector<Comparison> against_cudnn(int64_t batch, Precision precision, cudaStream_t stream);
std::vector<Comparison> against_cufft(int64_t batch, cudaStream_t stream);

}  // namespace serene::bench
