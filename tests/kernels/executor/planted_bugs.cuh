// The test asserts the lines: what it asks for is marked "bug NAME" here, and the message must point to that
// line.
#pragma once

#include "kernels/common/gpu.h"

namespace serene::test {

// Reverses 64 values through shared memory, and forgets to wait for them.
__global__ void missing_barrier_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  tile[threadIdx.x] = 0;
  __syncthreads();
  tile[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = tile[63 - threadIdx.x];  // bug missing_barrier
}

// Right but for the second round, which overwrites what others may still read.
__global__ void missing_trailing_barrier_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  float sum = 0;
  for (int round = 0; round < 2; ++round) {
    tile[threadIdx.x] = x[round * 64 + threadIdx.x];  // bug missing_trailing_barrier
    __syncthreads();
    sum += tile[63 - threadIdx.x];
  }
  y[threadIdx.x] = sum;
}

// Within one warp, too, stores are seen by others only after __syncwarp; a shuffle is none.
__global__ void missing_warp_sync_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[32]);
  tile[threadIdx.x] = x[threadIdx.x];
  const float other = __shfl_xor_sync(0xFFFFFFFFu, x[threadIdx.x], 1);
  y[threadIdx.x] = tile[31 - threadIdx.x] + other;  // bug missing_warp_sync
}

__global__ void shared_write_race_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[32]);
  tile[threadIdx.x % 32] = x[threadIdx.x];  // bug shared_write_race
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x % 32];
}

// All 64 threads read one word, and one of them writes it: which of the readers has been forgotten by then?
__global__ void third_reader_race_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[1]);
  if (threadIdx.x == 0) tile[0] = x[0];
  __syncthreads();
  y[threadIdx.x] = tile[0];
  if (threadIdx.x < 32) __syncwarp();
  if (threadIdx.x == 5) tile[0] = 1;  // bug third_reader_race
}

__global__ void atomic_and_plain_race_kernel(const float* x, float* y) {
  SERENE_SHARED(sum, float[1]);
  if (threadIdx.x == 0) sum[0] = 0;
  __syncthreads();
  atomicAdd(&sum[0], x[threadIdx.x]);
  y[threadIdx.x] = sum[0];  // bug atomic_and_plain_race
}

__global__ void global_race_kernel(const float* x, float* y) {
  y[threadIdx.x] = 0;
  __syncthreads();
  y[threadIdx.x] = x[threadIdx.x];
  y[64 + threadIdx.x] = y[63 - threadIdx.x];  // bug global_race
}

// Blocks of one launch are not ordered.
__global__ void race_between_blocks_kernel(const float* x, float* y) {
  y[(blockIdx.x * 32 + threadIdx.x) % 96] = x[threadIdx.x];  // bug race_between_blocks
}

__global__ void shared_out_of_bounds_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  SERENE_SHARED(other, float[64]);
  float* behind = tile + 1;
  other[threadIdx.x] = 0;
  behind[threadIdx.x] = x[threadIdx.x];  // bug shared_out_of_bounds
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x] + other[threadIdx.x];
}

// Stays inside of the whole array, not of its row.
__global__ void shared_index_out_of_bounds_kernel(const float* x, float* y, int column) {
  SERENE_SHARED(tile, float[64][8]);
  tile[threadIdx.x][column] = x[threadIdx.x];  // bug shared_index_out_of_bounds
  y[threadIdx.x] = tile[threadIdx.x][column];
}

__global__ void dynamic_shared_out_of_bounds_kernel(const float* x, float* y) {
  SERENE_DYNAMIC_SHARED(memory);
  auto* tile = reinterpret_cast<float*>(memory);
  tile[2 * threadIdx.x] = x[threadIdx.x];  // bug dynamic_shared_out_of_bounds
  y[threadIdx.x] = tile[2 * threadIdx.x];
}

__global__ void global_read_out_of_bounds_kernel(const float* x, float* y) {
  y[threadIdx.x] = x[threadIdx.x * 3];  // bug global_read_out_of_bounds
}

__global__ void global_write_before_kernel(const float* x, float* y) {
  y[static_cast<int>(threadIdx.x) - 1] = x[threadIdx.x];  // bug global_write_before
}

__global__ void vector_read_out_of_bounds_kernel(const float* x, float* y) {
  const float4 four = reinterpret_cast<const float4*>(x)[threadIdx.x];  // bug vector_read_out_of_bounds
  y[threadIdx.x] = four.x + four.w;
}

__global__ void misaligned_vector_read_kernel(const float* x, float* y) {
  const float4 four = *reinterpret_cast<const float4*>(x + threadIdx.x);  // bug misaligned_vector_read
  y[threadIdx.x] = four.x + four.w;
}

__global__ void uninitialised_shared_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  if (threadIdx.x != 17) tile[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];  // bug uninitialised_shared
}

__global__ void uninitialised_global_kernel(const float* x, float* y, const float* scratch) {
  y[threadIdx.x] = x[threadIdx.x] + scratch[threadIdx.x];  // bug uninitialised_global
}

__global__ void copy_not_waited_for_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  gpu::cp_async<4>(&tile[threadIdx.x], &x[threadIdx.x]);
  gpu::cp_async_commit();
  y[threadIdx.x] = tile[threadIdx.x];  // bug copy_not_waited_for
  gpu::cp_async_wait<0>();
}

// Each thread waits for its own copies, but after the barrier that tells the others.
__global__ void wait_after_barrier_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  gpu::cp_async<4>(&tile[threadIdx.x], &x[threadIdx.x]);
  gpu::cp_async_commit();
  __syncthreads();
  gpu::cp_async_wait<0>();
  y[threadIdx.x] = tile[63 - threadIdx.x];  // bug wait_after_barrier
}

__global__ void copy_left_behind_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[64]);
  gpu::cp_async<4>(&tile[threadIdx.x], &x[threadIdx.x]);
  gpu::cp_async_commit();
  y[threadIdx.x] = 0;
}

__global__ void diverged_barrier_kernel(const float* x, float* y) {
  y[threadIdx.x] = x[threadIdx.x];
  if (threadIdx.x < 16) {
    __syncthreads();  // bug diverged_barrier
  } else {
    __syncthreads();  // bug diverged_barrier_too
  }
}

__global__ void barrier_of_some_kernel(const float* x, float* y) {
  if (threadIdx.x >= 40) return;
  __syncthreads();  // bug barrier_of_some
  y[threadIdx.x] = x[threadIdx.x];
}

__global__ void shuffle_of_some_kernel(const float* x, float* y) {
  float sum = x[threadIdx.x];
  if (threadIdx.x != 7) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);  // bug shuffle_of_some
  y[threadIdx.x] = sum;
}

__global__ void diverged_warp_kernel(const float* x, float* y) {
  float sum = x[threadIdx.x];
  if (threadIdx.x % 2 == 0) {
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);  // bug diverged_warp
  } else {
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);  // bug diverged_warp_too
  }
  y[threadIdx.x] = sum;
}

__global__ void shuffle_from_outside_kernel(const float* x, float* y) {
  float sum = x[threadIdx.x];
  if (threadIdx.x % 32 < 16) sum += __shfl_sync(0x0000FFFFu, sum, 20);  // bug shuffle_from_outside
  y[threadIdx.x] = sum;
}

__global__ void mbarrier_without_arrival_kernel(const float* x, float* y) {
  SERENE_SHARED(barrier, uint64_t[1]);
  if (threadIdx.x == 0) gpu::mbarrier_init(&barrier[0], 65);
  __syncthreads();
  gpu::mbarrier_arrive(&barrier[0]);
  gpu::mbarrier_wait(&barrier[0], 0);  // bug mbarrier_without_arrival
  y[threadIdx.x] = x[threadIdx.x];
}

__global__ void static_shared_too_large_kernel(const float* x, float* y) {
  SERENE_SHARED(tile, float[12289]);
  tile[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = tile[threadIdx.x];
}

}  // namespace serene::test
