// Correct kernels of the kinds the ops are made of.
#pragma once

#include "kernels/common/gpu.h"

namespace serene::test {

// y[block] = sum of the block's 2 blockDim.x values, by a tree in shared memory.
__global__ void block_sum_kernel(const float* x, float* y) {  // x (blocks, 2 threads), y (blocks)
  SERENE_SHARED(partial, float[1024]);
  const unsigned thread = threadIdx.x, threads = blockDim.x;
  const float* mine = x + size_t{blockIdx.x} * 2 * threads;
  partial[thread] = mine[thread] + mine[thread + threads];
  for (unsigned stride = threads / 2; stride > 0; stride /= 2) {
    __syncthreads();
    if (thread < stride) partial[thread] += partial[thread + stride];
  }
  if (thread == 0) y[blockIdx.x] = partial[0];
}

SERENE_DEVICE float warp_max(float v) {
  for (int distance = 16; distance > 0; distance /= 2) v = max(v, __shfl_xor_sync(0xFFFFFFFFu, v, distance));
  return v;
}

SERENE_DEVICE float warp_sum(float v) {
  for (int distance = 16; distance > 0; distance /= 2) v += __shfl_xor_sync(0xFFFFFFFFu, v, distance);
  return v;
}

// One warp per row; rows of any length.
__global__ void softmax_kernel(const float* x, float* y, int rows, int columns) {  // (rows, columns)
  const int row = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (row >= rows) return;
  const int lane = static_cast<int>(threadIdx.x);
  const float* from = x + size_t(row) * columns;
  float* to = y + size_t(row) * columns;
  float top = -INFINITY, sum = 0;
  for (int i = lane; i < columns; i += 32) top = max(top, __ldg(from + i));
  top = warp_max(top);
  constexpr float kLog2E = 1.44269504f;
  for (int i = lane; i < columns; i += 32) sum += gpu::exp2_approx((from[i] - top) * kLog2E);
  const float scale = 1.0f / warp_sum(sum);
  for (int i = lane; i < columns; i += 32) to[i] = gpu::exp2_approx((from[i] - top) * kLog2E) * scale;
}

// Inclusive sums over a block of at most 1024 threads: in each warp by shuffles, then over the warps.
__global__ void scan_kernel(const int* x, int* y, int count) {  // (count)
  SERENE_SHARED(totals, int[32]);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  int sum = thread < count ? x[thread] : 0;
  for (int distance = 1; distance < 32; distance *= 2) {
    const int before = __shfl_up_sync(0xFFFFFFFFu, sum, static_cast<unsigned>(distance));
    if (lane >= distance) sum += before;
  }
  if (lane == 31) totals[warp] = sum;
  __syncthreads();
  for (int w = 0; w < warp; ++w) sum += totals[w];
  if (thread < count) y[thread] = sum;
}

// Counts values into 16 bins: atomics in shared memory, then in global memory.
__global__ void histogram_kernel(const int* x, int count, int* bins) {  // x (count), bins (16)
  SERENE_SHARED(local, int[16]);
  if (threadIdx.x < 16) local[threadIdx.x] = 0;
  __syncthreads();
  for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < count;
       i += static_cast<int>(gridDim.x * blockDim.x))
    atomicAdd(&local[x[i] & 15], 1);
  __syncthreads();
  if (threadIdx.x < 16) atomicAdd(&bins[threadIdx.x], local[threadIdx.x]);
}

// c (m, n) = a (m, k) b (n, k)^T, bfloat16 in, float out. Block: 4 warps, a tile of 64 x 32; k in steps of 32
// through two stages filled by cp.async. Rows beyond m and n are zero-filled; k is a multiple of 8.
__global__ void gemm_bf16_kernel(const gpu::Bf16* a, const gpu::Bf16* b, float* c, int m, int n, int k) {
  constexpr int kStep = 32, kPitch = kStep + 8;  // 80 bytes: rows of an ldmatrix fall on different banks
  SERENE_SHARED(a_tile, gpu::Bf16[2][64][kPitch]);
  SERENE_SHARED(b_tile, gpu::Bf16[2][32][kPitch]);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int first_row = static_cast<int>(blockIdx.y) * 64, first_column = static_cast<int>(blockIdx.x) * 32;

  const auto load = [&](int stage, int first_k) {
    for (int piece = thread; piece < 96 * kStep / 8; piece += 128) {
      const int row = piece / (kStep / 8), column = piece % (kStep / 8) * 8;
      const bool of_a = row < 64;
      const int source = of_a ? first_row + row : first_column + row - 64;
      const bool valid = source < (of_a ? m : n) && first_k + column < k;
      const gpu::Bf16* from = of_a ? a : b;
      gpu::Bf16* to = of_a ? &a_tile[stage][row][column] : &b_tile[stage][row - 64][column];
      gpu::cp_async<16>(to, valid ? from + size_t(source) * k + first_k + column : from, valid ? 16 : 0);
    }
    gpu::cp_async_commit();
  };

  float sums[4][4] = {};
  load(0, 0);
  const int steps = (k + kStep - 1) / kStep;
  for (int step = 0; step < steps; ++step) {
    const int stage = step % 2;
    if (step + 1 < steps) {
      load(1 - stage, (step + 1) * kStep);
      gpu::cp_async_wait<1>();
    } else {
      gpu::cp_async_wait<0>();
    }
    __syncthreads();
    for (int part = 0; part < kStep; part += 16) {
      uint32_t a_part[4];
      gpu::ldmatrix_x4(a_part, &a_tile[stage][warp * 16 + lane % 16][part + lane / 16 * 8]);
      for (int tile = 0; tile < 4; ++tile) {
        uint32_t b_part[2];
        gpu::ldmatrix_x2(b_part, &b_tile[stage][tile * 8 + lane % 8][part + lane / 8 % 2 * 8]);
        gpu::mma_m16n8k16_bf16(sums[tile], a_part, b_part, sums[tile]);
      }
    }
    __syncthreads();
  }
  for (int tile = 0; tile < 4; ++tile) {
    for (int i = 0; i < 4; ++i) {
      const int row = first_row + warp * 16 + lane / 4 + i / 2 * 8;
      const int column = first_column + tile * 8 + lane % 4 * 2 + i % 2;
      if (row < m && column < n) c[size_t(row) * n + column] = sums[tile][i];
    }
  }
}

// c (m, n) = a (m, k) b (n, k)^T in TF32. Block: 4 warps, a tile of 64 x 32, k in steps of 16; k is a
// multiple of 4.
__global__ void gemm_tf32_kernel(const float* a, const float* b, float* c, int m, int n, int k) {
  constexpr int kStep = 16, kPitch = kStep + 4;
  unsigned char* memory;
  {
    SERENE_DYNAMIC_SHARED(dynamic);
    memory = dynamic;
  }
  auto* a_tile = reinterpret_cast<float*>(memory);  // (64, kPitch)
  float* b_tile = a_tile + 64 * kPitch;             // (32, kPitch)
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int first_row = static_cast<int>(blockIdx.y) * 64, first_column = static_cast<int>(blockIdx.x) * 32;
  float sums[4][4] = {};
  for (int first_k = 0; first_k < k; first_k += kStep) {
    for (int piece = thread; piece < 96 * kStep / 4; piece += 128) {
      const int row = piece / (kStep / 4), column = piece % (kStep / 4) * 4;
      const bool of_a = row < 64;
      const int source = of_a ? first_row + row : first_column + row - 64;
      const bool valid = source < (of_a ? m : n) && first_k + column < k;
      const float* from = of_a ? a : b;
      float* to = of_a ? a_tile + row * kPitch + column : b_tile + (row - 64) * kPitch + column;
      gpu::cp_async<16>(to, valid ? from + size_t(source) * k + first_k + column : from, valid ? 16 : 0);
    }
    gpu::cp_async_commit();
    gpu::cp_async_wait<0>();
    __syncthreads();
    for (int part = 0; part < kStep; part += 8) {
      uint32_t a_part[4];
      for (int i = 0; i < 4; ++i) {
        const int row = warp * 16 + lane / 4 + i % 2 * 8, column = part + lane % 4 + i / 2 * 4;
        a_part[i] = gpu::round_tf32(a_tile[row * kPitch + column]);
      }
      for (int tile = 0; tile < 4; ++tile) {
        uint32_t b_part[2];
        for (int i = 0; i < 2; ++i)
          b_part[i] = gpu::round_tf32(b_tile[(tile * 8 + lane / 4) * kPitch + part + lane % 4 + i * 4]);
        gpu::mma_m16n8k8_tf32(sums[tile], a_part, b_part, sums[tile]);
      }
    }
    __syncthreads();
  }
  for (int tile = 0; tile < 4; ++tile) {
    for (int i = 0; i < 4; ++i) {
      const int row = first_row + warp * 16 + lane / 4 + i / 2 * 8;
      const int column = first_column + tile * 8 + lane % 4 * 2 + i % 2;
      if (row < m && column < n) c[size_t(row) * n + column] = sums[tile][i];
    }
  }
}

// y = 2 x by warp specialisation: warp 0 brings pieces of 256 floats in by bulk copies through two stages,
// warp 1 works on them. One block, 64 threads; count is a multiple of 256.
__global__ void bulk_double_kernel(const float* x, float* y, int count) {  // (count)
  SERENE_SHARED(stage, float[2][256]);
  SERENE_SHARED(full, uint64_t[2]);
  SERENE_SHARED(empty, uint64_t[2]);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) {
    for (int s = 0; s < 2; ++s) {
      gpu::mbarrier_init(&full[s], 1);
      gpu::mbarrier_init(&empty[s], 32);
    }
  }
  __syncthreads();
  const int pieces = count / 256;
  if (thread == 0) {
    for (int piece = 0; piece < pieces; ++piece) {
      const int s = piece % 2;
      // The first round finds both stages empty: the phase before the first counts as ended.
      gpu::mbarrier_wait(&empty[s], static_cast<uint32_t>(piece / 2 + 1) & 1);
      gpu::mbarrier_arrive_expect(&full[s], sizeof stage[0]);
      gpu::bulk_copy(stage[s], x + piece * 256, sizeof stage[0], &full[s]);
    }
  }
  if (thread >= 32) {
    for (int piece = 0; piece < pieces; ++piece) {
      const int s = piece % 2;
      gpu::mbarrier_wait(&full[s], static_cast<uint32_t>(piece / 2) & 1);
      for (int i = thread - 32; i < 256; i += 32) y[piece * 256 + i] = 2 * stage[s][i];
      gpu::mbarrier_arrive(&empty[s]);
    }
  }
}

// y[i] = x[(i + 32) % 64] for 128 threads: the first half hands over through named barrier 3, the second half
// only arrives where it has nothing to wait for.
__global__ void hand_over_kernel(const int* x, int* y) {  // (64)
  SERENE_SHARED(passed, int[64]);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < 64) {
    passed[thread] = x[thread];
    gpu::named_barrier_arrive(3, 128);
  } else {
    gpu::named_barrier_sync(3, 128);
    y[thread - 64] = passed[(thread - 64 + 32) % 64];
  }
}

// y[thread] = its last float of dynamic memory + that of a static array of 20 KB; floats: of dynamic memory.
__global__ void two_memories_kernel(float* y, int floats) {  // (threads)
  SERENE_SHARED(tile, float[5120]);
  SERENE_DYNAMIC_SHARED(memory);
  const int thread = static_cast<int>(threadIdx.x);
  auto* const dynamic = reinterpret_cast<float*>(memory);
  tile[5119 - thread] = 1;
  dynamic[floats - 1 - thread] = static_cast<float>(thread);
  y[thread] = tile[5119 - thread] + dynamic[floats - 1 - thread];
}

// An array that is declared where a launch does not see it.
SERENE_DEVICE float hidden_array(int thread) {
  SERENE_SHARED(hidden, float[64]);
  hidden[thread] = 1;
  return hidden[thread];
}
__global__ void hidden_array_kernel(float* y) {
  y[threadIdx.x] = hidden_array(static_cast<int>(threadIdx.x));
}

}  // namespace serene::test
