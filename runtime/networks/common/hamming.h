// The window that CMGAN and NRSER see speech through.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "kernels/common/aligned_buffer.h"

namespace serene::runtime {

// (n) doubles, periodic.
inline AlignedBuffer hamming_periodic(int64_t n, Memory& memory) {
  AlignedBuffer buffer(static_cast<size_t>(n) * sizeof(double), memory);
  auto* window = static_cast<double*>(buffer.host_copy());
  for (int64_t i = 0; i < n; ++i)
    window[i] =
        0.54 - 0.46 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n));
  return buffer;
}

}  // namespace serene::runtime
