// What the host twins of CUDA's functions call. Out of line, so that the instrumentation of a checked kernel
// sees only the kernel's own accesses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>

#include "tests/executor/vector_types.h"

namespace serene::executor {

using Where = std::source_location;

// The running thread's. Constant for a fiber, whatever runs in between.
[[gnu::const]] uint3 thread_index();
[[gnu::const]] uint3 block_index();
[[gnu::const]] uint3 block_size();
[[gnu::const]] uint3 grid_size();

void sync_threads(Where where);
int sync_threads_or(int predicate, Where where);
int sync_threads_and(int predicate, Where where);
int sync_threads_count(int predicate, Where where);
void named_barrier(int id, int threads, bool wait, Where where);
void sync_warp(uint32_t mask, Where where);
void fence();

enum class Shuffle { index, up, down, exclusive_or };
uint64_t shuffle(Shuffle kind, uint32_t mask, uint64_t value, int lane_or_distance, int width, Where where);
// Bit i is lane i's predicate.
uint32_t ballot(uint32_t mask, bool predicate, Where where);

enum class Atomic { add, minimum, maximum, exchange, compare_exchange, bit_and, bit_or, bit_xor };
// Returns the old value. T: int, unsigned, unsigned long long; float and double add and exchange.
template <class T>
T atomic(Atomic kind, T* address, T value, T compare = T{});

// Address of a shared array by its registration (kernel_shared.h).
void* shared_array(const void* key, const char* name, size_t bytes);
void* dynamic_shared();

// Loads `count` 8x8 matrices of 16-bit values, rows at the addresses that lanes 0 to 8 count - 1 give.
void load_matrices(uint32_t* registers, int count, bool transposed, const void* row, Where where);
// d = a b + c by 16x8x16 bfloat16 and 16x8x8 TF32; fragments as in PTX.
void mma_bf16(float* d, const uint32_t* a, const uint32_t* b, const float* c, Where where);
void mma_tf32(float* d, const uint32_t* a, const uint32_t* b, const float* c, Where where);

void copy_async(void* shared, const void* global, uint32_t bytes, uint32_t valid);
void copy_async_commit();
void copy_async_wait(uint32_t groups_in_flight);

void barrier_init(uint64_t* barrier, uint32_t arrivals);
void barrier_arrive(uint64_t* barrier);
void barrier_expect_bytes(uint64_t* barrier, uint32_t bytes);
void barrier_wait(uint64_t* barrier, uint32_t parity, Where where);
void bulk_copy(void* shared, const void* global, uint32_t bytes, uint64_t* barrier);

}  // namespace serene::executor
