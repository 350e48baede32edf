// Scratch memory for an op that shows what the op wrote beyond it. Starts as 0xFF bytes: floats and doubles
// are NaN.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "kernels/common/aligned_buffer.h"
#include "kernels/common/stream.h"

namespace serene::test {

// Looks at the band after it when it goes.
class GuardedWorkspace {
 public:
  explicit GuardedWorkspace(size_t bytes) : buffer_(bytes + kBand), bytes_(bytes) {
    std::memset(buffer_.data(), 0xFF, bytes);
    std::memset(begin() + bytes, kPattern, kBand);
  }
  ~GuardedWorkspace() {
    for (size_t i = 0; i < kBand; ++i)
      EXPECT_EQ(static_cast<int>(begin()[bytes_ + i]), kPattern) << "written " << i << " bytes beyond it";
  }
  GuardedWorkspace(const GuardedWorkspace&) = delete;
  GuardedWorkspace& operator=(const GuardedWorkspace&) = delete;
  Workspace get() const { return {begin(), bytes_}; }

 private:
  static constexpr size_t kBand = 256;
  static constexpr int kPattern = 0x5A;
  std::byte* begin() const { return static_cast<std::byte*>(buffer_.data()); }

  AlignedBuffer buffer_;
  size_t bytes_;
};

}  // namespace serene::test
