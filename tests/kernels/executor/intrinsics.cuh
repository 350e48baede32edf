// One kernel for each group of intrinsics: inputs in, what the instruction gives out. One warp where not
// said.
#pragma once

#include "kernels/common/gpu.h"
#include "tests/kernels/executor/intrinsics.h"

namespace serene::test {

constexpr unsigned kAll = 0xFFFFFFFFu;

// seen (blocks, threads): one for every thread that came by.
__global__ void record_indices_kernel(int* seen) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  atomicAdd(&seen[block * blockDim.x * blockDim.y * blockDim.z + thread], 1);
}

__global__ void draw_tickets_kernel(int* counter, int* drawn) {  // (1), (threads)
  drawn[threadIdx.x] = atomicAdd(counter, 1);
}

__global__ void peek_at_shared_kernel(uint32_t* y) {  // (64)
  SERENE_SHARED(never_written, uint32_t[64]);
  y[threadIdx.x] = never_written[threadIdx.x];
  never_written[threadIdx.x] = 1;
}

__global__ void leave_early_kernel() {
  if (threadIdx.x > 0) __syncthreads();
}

// y (9, 32)
__global__ void shuffle_kernel(int* y, double* wide) {
  const int lane = static_cast<int>(threadIdx.x), value = 100 + lane;
  int* to = y + lane;
  to[0 * 32] = __shfl_sync(kAll, value, 5);
  to[1 * 32] = __shfl_sync(kAll, value, lane + 1, 8);
  to[2 * 32] = __shfl_up_sync(kAll, value, 3);
  to[3 * 32] = __shfl_up_sync(kAll, value, 3, 8);
  to[4 * 32] = __shfl_down_sync(kAll, value, 3);
  to[5 * 32] = __shfl_down_sync(kAll, value, 3, 8);
  to[6 * 32] = __shfl_xor_sync(kAll, value, 5);
  to[7 * 32] = __shfl_xor_sync(kAll, value, 8, 8);
  // Two halves on their own, each with its mask.
  to[8 * 32] = lane < 16 ? __shfl_xor_sync(0x0000FFFFu, value, 1) : __shfl_xor_sync(0xFFFF0000u, value, 2);
  wide[lane] = __shfl_xor_sync(kAll, 0.25 + lane, 31);
}

// y (5, 32)
__global__ void vote_kernel(unsigned* y) {
  const int lane = static_cast<int>(threadIdx.x);
  unsigned* to = y + lane;
  to[0 * 32] = __ballot_sync(kAll, lane % 3 == 0);
  to[1 * 32] = static_cast<unsigned>(__any_sync(kAll, lane == 9));
  to[2 * 32] = static_cast<unsigned>(__any_sync(kAll, lane == 32));
  to[3 * 32] = static_cast<unsigned>(__all_sync(kAll, lane < 32));
  to[4 * 32] = static_cast<unsigned>(__all_sync(kAll, lane < 31));
}

// y (5, threads)
__global__ void barrier_vote_kernel(int* y) {
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  int* to = y + thread;
  to[0 * threads] = __syncthreads_count(thread % 5 == 0);
  to[1 * threads] = __syncthreads_or(thread == 40);
  to[2 * threads] = __syncthreads_or(0);
  to[3 * threads] = __syncthreads_and(1);
  to[4 * threads] = __syncthreads_and(thread != 40);
}

// Every thread of 64 adds to, or sets, its word; y (10), unsigned as they come.
__global__ void atomic_kernel(int* y, float* sum, double* wide_sum, unsigned long long* big) {
  const int thread = static_cast<int>(threadIdx.x);
  atomicAdd(&y[0], thread);
  atomicMin(&y[1], thread - 7);
  atomicMax(&y[2], 3 * thread);
  atomicAnd(&y[3], ~(1 << (thread % 8)));
  atomicOr(&y[4], 1 << (thread % 16));
  atomicXor(&y[5], 1 << (thread % 3));
  if (atomicCAS(&y[6], 0, thread + 1) == 0) atomicAdd(&y[7], 1);
  if (atomicExch(&y[8], 1) == 0) atomicAdd(&y[9], 1);
  atomicAdd(sum, 0.5f * static_cast<float>(thread));
  atomicAdd(wide_sum, 0.25 * thread);
  atomicAdd(big, 1ull << 33);
}

// values (4, 8, 8) of 16 bits; y (14, 32) registers: x1, x2, x4 and the same transposed.
__global__ void ldmatrix_kernel(const uint16_t* values, uint32_t* y) {
  SERENE_SHARED(matrices, uint16_t[4][8][8]);
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = lane; i < 256; i += 32) matrices[i / 64][i / 8 % 8][i % 8] = values[i];
  __syncthreads();
  const uint16_t* row = matrices[lane / 8][lane % 8];
  uint32_t r1[1], r2[2], r4[4];
  int out = 0;
  const auto put = [&](const uint32_t* r, int count) {
    for (int i = 0; i < count; ++i) y[out++ * 32 + lane] = r[i];
  };
  gpu::ldmatrix_x1(r1, row);
  put(r1, 1);
  gpu::ldmatrix_x2(r2, row);
  put(r2, 2);
  gpu::ldmatrix_x4(r4, row);
  put(r4, 4);
  gpu::ldmatrix_x1_trans(r1, row);
  put(r1, 1);
  gpu::ldmatrix_x2_trans(r2, row);
  put(r2, 2);
  gpu::ldmatrix_x4_trans(r4, row);
  put(r4, 4);
}

// d (16, 8) = a (16, 16) b (16, 8) + c (16, 8), fragments put together value by value.
__global__ void mma_bf16_kernel(const float* a, const float* b, const float* c, float* d) {
  const int lane = static_cast<int>(threadIdx.x), group = lane / 4, pair = 2 * (lane % 4);
  const auto pair_of_a = [&](int row, int k) { return gpu::pack_bf16(a[row * 16 + k], a[row * 16 + k + 1]); };
  const auto pair_of_b = [&](int k) { return gpu::pack_bf16(b[k * 8 + group], b[(k + 1) * 8 + group]); };
  const uint32_t a_part[4] = {pair_of_a(group, pair), pair_of_a(group + 8, pair), pair_of_a(group, pair + 8),
                              pair_of_a(group + 8, pair + 8)};
  const uint32_t b_part[2] = {pair_of_b(pair), pair_of_b(pair + 8)};
  const int low = group * 8 + pair, high = (group + 8) * 8 + pair;
  const float before[4] = {c[low], c[low + 1], c[high], c[high + 1]};
  float after[4];
  gpu::mma_m16n8k16_bf16(after, a_part, b_part, before);
  d[low] = after[0];
  d[low + 1] = after[1];
  d[high] = after[2];
  d[high + 1] = after[3];
}

// d (16, 8) = a (16, 8) b (8, 8) + c (16, 8).
__global__ void mma_tf32_kernel(const float* a, const float* b, const float* c, float* d) {
  const int lane = static_cast<int>(threadIdx.x), group = lane / 4, t = lane % 4, pair = 2 * t;
  const auto of_a = [&](int row, int k) { return __float_as_uint(a[row * 8 + k]); };
  const uint32_t a_part[4] = {of_a(group, t), of_a(group + 8, t), of_a(group, t + 4), of_a(group + 8, t + 4)};
  const uint32_t b_part[2] = {__float_as_uint(b[t * 8 + group]), __float_as_uint(b[(t + 4) * 8 + group])};
  const int low = group * 8 + pair, high = (group + 8) * 8 + pair;
  const float before[4] = {c[low], c[low + 1], c[high], c[high + 1]};
  float after[4];
  gpu::mma_m16n8k8_tf32(after, a_part, b_part, before);
  d[low] = after[0];
  d[low + 1] = after[1];
  d[high] = after[2];
  d[high + 1] = after[3];
}

// x (32, 8) and y (32, 8) words: by lane one copy of 16 bytes, one of 8, one of 4, and one that is cut short
// to `valid` of 16... of 4 words the last; see the test.
__global__ void cp_async_kernel(const uint32_t* x, uint32_t* y, int valid) {
  SERENE_SHARED(tile, uint32_t[32][12]);
  const int lane = static_cast<int>(threadIdx.x);
  for (int i = 0; i < 12; ++i) tile[lane][i] = 7;
  gpu::cp_async<16>(&tile[lane][0], x + lane * 12);
  gpu::cp_async<8>(&tile[lane][4], x + lane * 12 + 4);
  gpu::cp_async<4>(&tile[lane][6], x + lane * 12 + 6);
  gpu::cp_async<16>(&tile[lane][8], x + lane * 12 + 8, valid);
  gpu::cp_async_commit();
  gpu::cp_async_wait<0>();
  for (int i = 0; i < 12; ++i) y[lane * 12 + i] = tile[lane][i];
}

// Three groups of one copy each; y (4, 3): what has landed after the waits for all but 3, 2, 1, 0. One
// thread.
__global__ void cp_async_groups_kernel(const uint32_t* x, uint32_t* y) {
  SERENE_SHARED(tile, uint32_t[3]);
  for (int i = 0; i < 3; ++i) tile[i] = 0;
  for (int i = 0; i < 3; ++i) {
    gpu::cp_async<4>(&tile[i], x + i);
    gpu::cp_async_commit();
  }
  gpu::cp_async_wait<3>();
  for (int i = 0; i < 3; ++i) y[0 * 3 + i] = tile[i];
  gpu::cp_async_wait<2>();
  for (int i = 0; i < 3; ++i) y[1 * 3 + i] = tile[i];
  gpu::cp_async_wait<1>();
  for (int i = 0; i < 3; ++i) y[2 * 3 + i] = tile[i];
  gpu::cp_async_wait<0>();
  for (int i = 0; i < 3; ++i) y[3 * 3 + i] = tile[i];
}

// The same copies; y (4, 3): after each wait the words that it makes certain, the others 0.
__global__ void cp_async_landed_kernel(const uint32_t* x, uint32_t* y) {
  SERENE_SHARED(tile, uint32_t[3]);
  for (int i = 0; i < 3; ++i) {
    gpu::cp_async<4>(&tile[i], x + i);
    gpu::cp_async_commit();
  }
  const auto put = [&](int landed) {
    for (int i = 0; i < 3; ++i) y[landed * 3 + i] = i < landed ? tile[i] : 0;
  };
  gpu::cp_async_wait<3>();
  put(0);
  gpu::cp_async_wait<2>();
  put(1);
  gpu::cp_async_wait<1>();
  put(2);
  gpu::cp_async_wait<0>();
  put(3);
}

// Four warps, each adding its part to what the one before hands over by a barrier of its own, of 15; the
// first ones of a pair arrive and go on. y (128): what a thread was handed.
__global__ void named_barrier_kernel(int* y) {
  SERENE_SHARED(passed, int[4][32]);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  int sum = 0;
  if (warp > 0) {
    gpu::named_barrier_sync(5 * warp, 64);  // 5, 10, 15
    sum = passed[warp - 1][31 - lane];
  }
  y[thread] = sum;
  if (warp < 3) {
    passed[warp][lane] = sum + 100 * warp + lane;
    gpu::named_barrier_arrive(5 * (warp + 1), 64);
  }
}

// Barriers and copies of compute capability 9.0: on an older GPU these kernels do nothing.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define SERENE_TEST_BULK_COPIES 1
#endif

// Three phases of one barrier, at which all 64 threads arrive; y (3, 64): what a neighbour wrote in the
// phase.
__global__ void mbarrier_kernel(int* y) {
#if defined(SERENE_TEST_BULK_COPIES)
  SERENE_SHARED(barrier, uint64_t[1]);
  SERENE_SHARED(passed, int[2][64]);
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) gpu::mbarrier_init(barrier, 64);
  __syncthreads();
  for (int phase = 0; phase < 3; ++phase) {
    passed[phase % 2][thread] = 1000 * phase + thread;
    gpu::mbarrier_arrive(barrier);
    gpu::mbarrier_wait(barrier, static_cast<uint32_t>(phase % 2));
    y[phase * 64 + thread] = passed[phase % 2][(thread + 33) % 64];
  }
#endif
}

// y (phases, 1024): shared memory, which starts as sevens, after each phase of copies out of x (1024).
__global__ void bulk_copy_kernel(const uint32_t* x, uint32_t* y, BulkCopies all) {
#if defined(SERENE_TEST_BULK_COPIES)
  SERENE_SHARED(tile, uint32_t[1024]);
  SERENE_SHARED(barrier, uint64_t[1]);
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  for (int i = thread; i < 1024; i += threads) tile[i] = 7;
  if (thread == 0) gpu::mbarrier_init(barrier, 1);
  gpu::fence_async_proxy();
  __syncthreads();
  for (int phase = 0; phase < all.phases; ++phase) {
    if (thread == 0) {
      uint32_t bytes = 0;
      for (int i = 0; i < all.copies; ++i) bytes += static_cast<uint32_t>(4 * all.words[phase][i]);
      gpu::mbarrier_arrive_expect(barrier, bytes);
      for (int i = 0; i < all.copies; ++i) {
        gpu::bulk_copy(tile + all.to[phase][i], x + all.from[phase][i],
                       static_cast<uint32_t>(4 * all.words[phase][i]), barrier);
      }
    }
    gpu::mbarrier_wait(barrier, static_cast<uint32_t>(phase % 2));
    for (int i = thread; i < 1024; i += threads) y[phase * 1024 + i] = tile[i];
    __syncthreads();
  }
#endif
}

// y (count, 5) as bits: 2^x, x in TF32, x in bfloat16, (x, -x) as a pair, tanh(x).
__global__ void convert_kernel(const float* x, uint32_t* y, int count) {
  const int i = static_cast<int>(threadIdx.x);
  if (i >= count) return;
  y[i * 5 + 0] = __float_as_uint(gpu::exp2_approx(x[i]));
  y[i * 5 + 1] = gpu::round_tf32(x[i]);
  y[i * 5 + 2] = gpu::to_bf16(x[i]).bits;
  y[i * 5 + 3] = gpu::pack_bf16(x[i], -x[i]);
  y[i * 5 + 4] = __float_as_uint(gpu::tanh_approx(x[i]));
}

// y (7)
__global__ void bits_kernel(int* y) {
  y[0] = __popc(0xF0F00001u);
  y[1] = __clz(0x00010000);
  y[2] = __clz(0);
  y[3] = __ffs(0x00010000);
  y[4] = __ffs(0);
  y[5] = __float_as_int(1.0f);
  y[6] = __int_as_float(0x40400000) == 3.0f && gpu::unpack_bf16(0x40403F80u).x == 1.0f &&
         gpu::unpack_bf16(0x40403F80u).y == 3.0f && gpu::to_float(gpu::Bf16{0xC000}) == -2.0f;
}

}  // namespace serene::test
