// Launchers of intrinsics.cuh.
#pragma once

#include <cstdint>

#include "kernels/common/stream.h"

// dim3
#if defined(__CUDACC__) || defined(SERENE_TEST_CUDA)
#include <vector_types.h>
#else
#include "tests/executor/vector_types.h"
#endif

namespace serene::test {

void record_indices(int* seen, dim3 grid, dim3 block, const Stream& stream);
void draw_tickets(int* counter, int* drawn, int threads, const Stream& stream);
void peek_at_shared(uint32_t* y, const Stream& stream);
void leave_early(const Stream& stream);
void shuffles(int* y, double* wide, const Stream& stream);
void votes(unsigned* y, const Stream& stream);
void barrier_votes(int* y, int threads, const Stream& stream);
void atomics(int* y, float* sum, double* wide_sum, unsigned long long* big, const Stream& stream);
void ldmatrix(const uint16_t* values, uint32_t* y, const Stream& stream);
void mma_bf16(const float* a, const float* b, const float* c, float* d, const Stream& stream);
void mma_tf32(const float* a, const float* b, const float* c, float* d, const Stream& stream);
void cp_async(const uint32_t* x, uint32_t* y, int valid, const Stream& stream);
void cp_async_groups(const uint32_t* x, uint32_t* y, const Stream& stream);
void cp_async_landed(const uint32_t* x, uint32_t* y, const Stream& stream);
void named_barriers(int* y, const Stream& stream);
// Whether the device has the barriers and copies of compute capability 9.0.
bool has_bulk_copies();
void mbarriers(int* y, const Stream& stream);
struct BulkCopies {
  int phases, copies;                     // copies of a phase
  int from[3][2], to[3][2], words[3][2];  // in words, multiples of four
};
void bulk_copies(const uint32_t* x, uint32_t* y, const BulkCopies& all, const Stream& stream);
void convert(const float* x, uint32_t* y, int count, const Stream& stream);
void bits(int* y, const Stream& stream);

}  // namespace serene::test
