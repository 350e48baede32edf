// Memory that a test and its kernels both reach.
#pragma once

#if defined(SERENE_TEST_CUDA)

#include <cstring>
#include <vector>

namespace serene::test {

// On the heap, which is pinned memory (pinned_heap.cpp). Starts as 0xFF bytes.
template <class T>
class Buffer {
 public:
  Buffer(const char*, size_t count) : values_(count) { std::memset(values_.data(), 0xFF, count * sizeof(T)); }
  Buffer(const char*, const std::vector<T>& values) : values_(values) {}
  T* data() const { return values_.data(); }
  size_t size() const { return values_.size(); }
  std::vector<T> values() const { return values_; }

 private:
  mutable std::vector<T> values_;
};

}  // namespace serene::test

#else

#include "tests/executor/memory.h"

namespace serene::test {
using executor::Buffer;
}

#endif
