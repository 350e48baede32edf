// Launchers of sample_kernels.cuh, for tests that are not compiled as kernels are.
#pragma once

#include <cstdint>

#include "kernels/common/stream.h"

namespace serene::test {

// Whether the kernels in this executable tell of every access.
bool checked_kernels();

void block_sum(const float* x, float* y, int blocks, int threads, const Stream& stream);
void softmax(const float* x, float* y, int rows, int columns, const Stream& stream);
void scan(const int* x, int* y, int count, const Stream& stream);
void histogram(const int* x, int count, int* bins, int blocks, int threads, const Stream& stream);
// a (m, k), b (n, k) as bfloat16 bits.
void gemm_bf16(const uint16_t* a, const uint16_t* b, float* c, int m, int n, int k, const Stream& stream);
void gemm_tf32(const float* a, const float* b, float* c, int m, int n, int k, const Stream& stream);
void bulk_double(const float* x, float* y, int count, const Stream& stream);
void hand_over(const int* x, int* y, const Stream& stream);
// 20480 bytes of static shared memory and these of dynamic, 32 threads. `asks`: the way ops are launched;
// otherwise the launch alone.
void two_memories(float* y, size_t dynamic_bytes, const Stream& stream, bool asks = true);
const void* two_memories_function();
void hidden_array(float* y, const Stream& stream);

}  // namespace serene::test
