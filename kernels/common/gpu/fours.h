// Four neighbours of a row at a time, where rows allow it, and one by one where they do not.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// Values c to c + 3 of a row of n, zero beyond it.
SERENE_DEVICE float4 four_at(const float* row, int c, int n, bool in_fours) {
  if (in_fours) return c < n ? *reinterpret_cast<const float4*>(row + c) : make_float4(0, 0, 0, 0);
  return make_float4(c < n ? row[c] : 0.0f, c + 1 < n ? row[c + 1] : 0.0f, c + 2 < n ? row[c + 2] : 0.0f,
                     c + 3 < n ? row[c + 3] : 0.0f);
}
SERENE_DEVICE void put_four(float* row, int c, int n, bool in_fours, float4 four) {
  if (in_fours) {
    if (c < n) *reinterpret_cast<float4*>(row + c) = four;
    return;
  }
  if (c < n) row[c] = four.x;
  if (c + 1 < n) row[c + 1] = four.y;
  if (c + 2 < n) row[c + 2] = four.z;
  if (c + 3 < n) row[c + 3] = four.w;
}

}  // namespace serene::gpu
