// Stores of a warp as whole lines: L2 takes more of four rows of 128 bytes than of eight rows of 64.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// Lane 4 g + t has of row g columns 4 t (`low`) and 16 + 4 t (`high`) and the three after each. Lanes of
// neighbouring rows trade a half: with an odd g it gives `low` for the row before's high one, with an even g
// `high` for the next row's low one, which it gets. All lanes together.
SERENE_DEVICE float4 trade_half(float4 low, float4 high) {
  const float4 give = static_cast<int>(threadIdx.x) % 8 >= 4 ? low : high;
  return make_float4(__shfl_xor_sync(0xFFFFFFFFu, give.x, 4), __shfl_xor_sync(0xFFFFFFFFu, give.y, 4),
                     __shfl_xor_sync(0xFFFFFFFFu, give.z, 4), __shfl_xor_sync(0xFFFFFFFFu, give.w, 4));
}

}  // namespace serene::gpu
