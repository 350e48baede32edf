// Memory for op outputs that shows what an op did not write and what it should not have.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/common/view.h"

namespace serene::test {

// Starts as NaN, with bands of a known pattern before and after.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(int64_t count) : count_(count), storage_(static_cast<size_t>(count + 2 * kBand)) {
    std::fill(storage_.begin(), storage_.end(), kPattern);
    std::fill_n(storage_.begin() + kBand, count, std::numeric_limits<float>::quiet_NaN());
  }
  float* data() { return storage_.data() + kBand; }
  const float* data() const { return storage_.data() + kBand; }
  int64_t count() const { return count_; }

  void expect_bands_untouched() const {
    for (int64_t i = 0; i < kBand; ++i) {
      ASSERT_EQ(storage_[i], kPattern) << "written " << kBand - i << " floats before the buffer";
      ASSERT_EQ(storage_[kBand + count_ + i], kPattern) << "written " << i << " floats beyond the buffer";
    }
  }
  // Bit for bit.
  bool same_bits(const GuardedBuffer& other) const {
    return count_ == other.count_ && std::memcmp(data(), other.data(), count_ * sizeof(float)) == 0;
  }

 private:
  static constexpr int64_t kBand = 64;
  static constexpr float kPattern = -12345.678f;
  int64_t count_;
  std::vector<float> storage_;
};

}  // namespace serene::test
