#include "tests/kernels/executor/sample_kernels.h"

#include "tests/kernels/executor/sample_kernels.cuh"

namespace serene::test {
namespace {

unsigned pieces(int size, int piece) { return static_cast<unsigned>((size + piece - 1) / piece); }

}  // namespace

bool checked_kernels() { return executor::kChecked; }

void block_sum(const float* x, float* y, int blocks, int threads, const Stream& stream) {
  gpu::launch(block_sum_kernel, static_cast<unsigned>(blocks), static_cast<unsigned>(threads), 0, stream, x,
              y);
}

void softmax(const float* x, float* y, int rows, int columns, const Stream& stream) {
  gpu::launch(softmax_kernel, pieces(rows, 4), dim3(32, 4), 0, stream, x, y, rows, columns);
}

void scan(const int* x, int* y, int count, const Stream& stream) {
  gpu::launch(scan_kernel, 1, pieces(count, 32) * 32, 0, stream, x, y, count);
}

void histogram(const int* x, int count, int* bins, int blocks, int threads, const Stream& stream) {
  gpu::launch(histogram_kernel, static_cast<unsigned>(blocks), static_cast<unsigned>(threads), 0, stream, x,
              count, bins);
}

void gemm_bf16(const uint16_t* a, const uint16_t* b, float* c, int m, int n, int k, const Stream& stream) {
  gpu::launch(gemm_bf16_kernel, dim3(pieces(n, 32), pieces(m, 64)), 128, 0, stream,
              reinterpret_cast<const gpu::Bf16*>(a), reinterpret_cast<const gpu::Bf16*>(b), c, m, n, k);
}

void gemm_tf32(const float* a, const float* b, float* c, int m, int n, int k, const Stream& stream) {
  gpu::launch(gemm_tf32_kernel, dim3(pieces(n, 32), pieces(m, 64)), 128, 96 * 20 * sizeof(float), stream, a,
              b, c, m, n, k);
}

void bulk_double(const float* x, float* y, int count, const Stream& stream) {
  gpu::launch(bulk_double_kernel, 1, 64, 0, stream, x, y, count);
}

void hand_over(const int* x, int* y, const Stream& stream) {
  gpu::launch(hand_over_kernel, 1, 128, 0, stream, x, y);
}

void two_memories(float* y, size_t dynamic_bytes, const Stream& stream, bool asks) {
  const int floats = static_cast<int>(dynamic_bytes / sizeof(float));
  if (asks) {
    gpu::launch(two_memories_kernel, 1, 32, dynamic_bytes, stream, y, floats);
  } else {
    gpu::start(two_memories_kernel, 1, 32, dynamic_bytes, stream, y, floats);
  }
}
const void* two_memories_function() { return reinterpret_cast<const void*>(&two_memories_kernel); }

void hidden_array(float* y, const Stream& stream) { gpu::launch(hidden_array_kernel, 1, 64, 0, stream, y); }

}  // namespace serene::test
