#include <algorithm>

#include "kernels/common/cpu/product_tasks.h"
#include "kernels/linear/linear.h"

namespace serene {
namespace {

// Rows become pairs once, before the many products that read them.
int64_t pairs_a_row(const PackedMatrix& weight, Precision precision) {
  return precision == Precision::bf16 && weight.k() % 2 == 0 ? weight.k() / 2 : 0;
}

}  // namespace

size_t linear_workspace(int64_t rows, const PackedMatrix& weight, Precision precision, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;
  return static_cast<size_t>(stream.pool->size() * cpu::kProductPartial +
                             rows * pairs_a_row(weight, precision)) *
         sizeof(float);
}

void linear_cpu(const LinearArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t rows = args.x.size(0), words = pairs_a_row(*args.weight, args.precision);
  auto* partial = reinterpret_cast<float*>(args.workspace.data());
  auto* x_pairs = reinterpret_cast<uint32_t*>(partial + stream.pool->size() * cpu::kProductPartial);
  const uint32_t* pairs = words > 0 ? args.weight->pairs() : nullptr;
  if (pairs != nullptr) {
    constexpr int64_t kRows = 16;
    stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
      const int64_t end = std::min((task + 1) * kRows, rows);
      for (int64_t r = task * kRows; r < end; ++r)
        kernels.pairs_in_row(args.x.data + r * args.x.stride[0], words, x_pairs + r * words);
    });
  }
  const cpu::ProductTasks tasks(rows, args.weight->n());
  const int64_t whole[1] = {0};
  stream.pool->parallel_for(tasks.count(), [&](int64_t task, int worker) {
    const auto [row, count, column, columns] = tasks[task];
    cpu::Gemm gemm;
    if (pairs != nullptr) {
      gemm.a = reinterpret_cast<const float*>(x_pairs + row * words);
      gemm.a_is_pairs = true;
      gemm.lda = words;
    } else {
      gemm.a = args.x.data + row * args.x.stride[0];
      gemm.lda = args.x.stride[0];
    }
    gemm.taps = whole;
    gemm.tap_k = args.weight->k();
    cpu::set_weight(gemm, *args.weight, pairs, column);
    if (args.bias.data != nullptr) gemm.bias = args.bias.data + column;
    gemm.activation = args.activation;
    if (args.residual.data != nullptr) {
      gemm.residual = args.residual.data + row * args.residual.stride[0] + column;
      gemm.ldr = args.residual.stride[0];
    }
    gemm.c = args.y.data + row * args.y.stride[0] + column;
    gemm.ldc = args.y.stride[0];
    gemm.m = count;
    gemm.n = columns;
    gemm.partial = partial + worker * cpu::kProductPartial;
    kernels.gemm(gemm);
  });
}

}  // namespace serene
