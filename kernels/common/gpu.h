// The only header that a *_kernel.cuh includes: CUDA, and what a kernel needs beyond it, under names that two
// compilers know.
//
// Under nvcc the functions in kernels/common/gpu/ are PTX; under the host compiler they call the executor
// (tests/executor/), which runs the same kernel source without a GPU and checks it. Plain CUDA that
// may be used directly: threadIdx and kin, __syncthreads and _or, _and, _count, __syncwarp, shuffles and
// votes, atomics,
// __ldg, the vector types. Everything else goes through here; shared memory too.
#pragma once

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#else
#include "tests/executor/builtins.h"
#endif

#include "kernels/common/gpu/bf16.h"
#include "kernels/common/gpu/bulk_copy.h"
#include "kernels/common/gpu/cp_async.h"
#include "kernels/common/gpu/launch.h"
#include "kernels/common/gpu/ldmatrix.h"
#include "kernels/common/gpu/line_grid.h"
#include "kernels/common/gpu/log_softmax.h"
#include "kernels/common/gpu/math.h"
#include "kernels/common/gpu/mma.h"
#include "kernels/common/gpu/named_barrier.h"
#include "kernels/common/gpu/real_fft.h"
#include "kernels/common/gpu/row_grid.h"
#include "kernels/common/gpu/shared.h"
#include "kernels/common/gpu/warp_reduce.h"
