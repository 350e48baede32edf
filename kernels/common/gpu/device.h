// What every file of this folder begins with.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
// Functions here are one instruction or two; a call would cost more.
#define SERENE_DEVICE __device__ __forceinline__
#else
#include "kernels/common/executor/builtins.h"
#define SERENE_DEVICE inline
#endif
