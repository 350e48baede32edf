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

}  // namespace serene::test
