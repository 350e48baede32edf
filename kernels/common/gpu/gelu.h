// The exact GELU.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

SERENE_DEVICE float gelu(float x) { return 0.5f * x * (1 + erff(x * 0.70710678f)); }

}  // namespace serene::gpu
