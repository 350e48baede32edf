// Activations by the hardware's tanh: one instruction of the special-function unit where 2^x and a division
// take two. tanh is off by 2^-11 of itself, as much as a quarter of bf16's last place: for operands in bf16.
#pragma once

#include "kernels/common/gpu/math.h"

namespace serene::gpu {

// sigmoid(2 x) and silu(2 x): whoever makes x can halve it for nothing.
SERENE_DEVICE float sigmoid_of_twice(float x) { return __fmaf_rn(0.5f, tanh_approx(x), 0.5f); }
SERENE_DEVICE float silu_of_twice(float x) { return __fmaf_rn(x, tanh_approx(x), x); }

}  // namespace serene::gpu
