// Grids along x alone, which hold 2^31 - 1 blocks where y and z hold 65535: what a block is of is reckoned
// from its number by division, once.
#pragma once

#include <string>

#include "kernels/common/error.h"
#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// Most blocks along y, and along z.
inline constexpr int64_t kMostBlocks = 65535;

// Throws Error(unsupported) for more blocks than that: the number would wrap without a word.
inline dim3 line_grid(int64_t blocks) {
  if (blocks > INT32_MAX)
    throw Error(ErrorKind::unsupported, "grid of " + std::to_string(blocks) + " blocks");
  return dim3(static_cast<unsigned>(blocks));
}

}  // namespace serene::gpu
