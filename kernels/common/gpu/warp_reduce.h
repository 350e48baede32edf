// One value from the 32 of a warp, all lanes together; every lane gets it.
//
// The partners of a step lie 16, 8, 4, 2, 1 lanes apart: one order for all lanes and all runs, so the bits
// are the same everywhere.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

template <class T>
SERENE_DEVICE T warp_sum(T value) {
  for (int apart = 16; apart > 0; apart /= 2) value += __shfl_xor_sync(0xFFFFFFFFu, value, apart);
  return value;
}

// NaN counts as smaller than everything.
template <class T>
SERENE_DEVICE T warp_max(T value) {
  for (int apart = 16; apart > 0; apart /= 2) {
    const T other = __shfl_xor_sync(0xFFFFFFFFu, value, apart);
    value = value > other ? value : other;
  }
  return value;
}

}  // namespace serene::gpu
