#include "tests/kernels/executor/intrinsics.h"

#include "tests/kernels/executor/intrinsics.cuh"

namespace serene::test {

void record_indices(int* seen, dim3 grid, dim3 block, const Stream& stream) {
  gpu::launch(record_indices_kernel, grid, block, 0, stream, seen);
}
void draw_tickets(int* counter, int* drawn, int threads, const Stream& stream) {
  gpu::launch(draw_tickets_kernel, 1, static_cast<unsigned>(threads), 0, stream, counter, drawn);
}
void peek_at_shared(uint32_t* y, const Stream& stream) {
  gpu::launch(peek_at_shared_kernel, 1, 64, 0, stream, y);
}
void leave_early(const Stream& stream) { gpu::launch(leave_early_kernel, 1, 64, 0, stream); }
void shuffles(int* y, double* wide, const Stream& stream) {
  gpu::launch(shuffle_kernel, 1, 32, 0, stream, y, wide);
}
void votes(unsigned* y, const Stream& stream) { gpu::launch(vote_kernel, 1, 32, 0, stream, y); }
void barrier_votes(int* y, int threads, const Stream& stream) {
  gpu::launch(barrier_vote_kernel, 1, static_cast<unsigned>(threads), 0, stream, y);
}
void atomics(int* y, float* sum, double* wide_sum, unsigned long long* big, const Stream& stream) {
  gpu::launch(atomic_kernel, 1, 64, 0, stream, y, sum, wide_sum, big);
}
void ldmatrix(const uint16_t* values, uint32_t* y, const Stream& stream) {
  gpu::launch(ldmatrix_kernel, 1, 32, 0, stream, values, y);
}
void mma_bf16(const float* a, const float* b, const float* c, float* d, const Stream& stream) {
  gpu::launch(mma_bf16_kernel, 1, 32, 0, stream, a, b, c, d);
}
void mma_tf32(const float* a, const float* b, const float* c, float* d, const Stream& stream) {
  gpu::launch(mma_tf32_kernel, 1, 32, 0, stream, a, b, c, d);
}
void cp_async(const uint32_t* x, uint32_t* y, int valid, const Stream& stream) {
  gpu::launch(cp_async_kernel, 1, 32, 0, stream, x, y, valid);
}
void cp_async_groups(const uint32_t* x, uint32_t* y, const Stream& stream) {
  gpu::launch(cp_async_groups_kernel, 1, 1, 0, stream, x, y);
}
void cp_async_landed(const uint32_t* x, uint32_t* y, const Stream& stream) {
  gpu::launch(cp_async_landed_kernel, 1, 1, 0, stream, x, y);
}
void named_barriers(int* y, const Stream& stream) { gpu::launch(named_barrier_kernel, 1, 128, 0, stream, y); }
bool has_bulk_copies() {
#if defined(__CUDACC__)
  int device = 0, major = 0;
  gpu::check_launch(cudaGetDevice(&device));
  gpu::check_launch(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  return major >= 9;
#else
  return true;
#endif
}
void mbarriers(int* y, const Stream& stream) { gpu::launch(mbarrier_kernel, 1, 64, 0, stream, y); }
void bulk_copies(const uint32_t* x, uint32_t* y, const BulkCopies& all, const Stream& stream) {
  gpu::launch(bulk_copy_kernel, 1, 64, 0, stream, x, y, all);
}
void convert(const float* x, uint32_t* y, int count, const Stream& stream) {
  gpu::launch(convert_kernel, 1, 64, 0, stream, x, y, count);
}
void bits(int* y, const Stream& stream) { gpu::launch(bits_kernel, 1, 1, 0, stream, y); }

}  // namespace serene::test
