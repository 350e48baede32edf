// What every file of this folder begins with.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
// Functions here are one instruction or two; a call would cost more.
#define SERENE_DEVICE __device__ __forceinline__
// For sizes that a launcher works out as well.
#define SERENE_HOST_DEVICE __host__ __device__
// In front of a loop of fixed length over an array that must stay in registers.
#define SERENE_UNROLL _Pragma("unroll")
#else
#include "tests/executor/builtins.h"
#define SERENE_DEVICE inline
#define SERENE_HOST_DEVICE
#define SERENE_UNROLL _Pragma("GCC unroll 128")
#endif
