#include <algorithm>

#include "kernels/common/cpu/product_tasks.h"
#include "kernels/linear/linear.h"

namespace serene {
namespace {

// Rows become pairs once, before the many products that read them.
int64_t pairs_a_row(const PackedMatrix& weight, Precision precision) {
  return precision == Precision::bf16 && weight.k() % 2 == 0 ? weight.k() / 2 : 0;
}

// Columns of a weight kept as bf16 that become floats at a time: a stripe of gemm, which stays in L2 while
// the task's rows go by.
constexpr int64_t kStripe = cpu::kPartialColumns;

int64_t stripe_floats(const PackedMatrix& weight, Precision precision) {
  return weight.is_bf16() && precision == Precision::fp32 ? kStripe * weight.k() : 0;
}

// Panels of the weight, from `column` on, as floats.
void expand(const PackedMatrix& weight, int64_t column, int64_t columns, float* to) {
  const int64_t words = weight.k() / 2, panels = (columns + kPanel - 1) / kPanel;
  cpu::vector_kernels().floats_of_pairs(weight.pairs() + column * words, panels * words, to);
}

}  // namespace

size_t linear_workspace(int64_t rows, const PackedMatrix& weight, Precision precision, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;
  const int64_t of_worker = cpu::kProductPartial + stripe_floats(weight, precision);
  return static_cast<size_t>(stream.pool->size() * of_worker + rows * pairs_a_row(weight, precision)) *
         sizeof(float);
}

void linear_cpu(const LinearArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t rows = args.x.size(0), words = pairs_a_row(*args.weight, args.precision);
  auto* partial = reinterpret_cast<float*>(args.workspace.data());
  float* const stripes = partial + stream.pool->size() * cpu::kProductPartial;
  const int64_t of_stripe = stripe_floats(*args.weight, args.precision);
  auto* x_pairs = reinterpret_cast<uint32_t*>(stripes + stream.pool->size() * of_stripe);
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
    gemm.activation = args.activation;
    gemm.ldr = args.residual.stride[0];
    gemm.ldc = args.y.stride[0];
    gemm.m = count;
    gemm.partial = partial + worker * cpu::kProductPartial;
    float* const stripe = stripes + worker * of_stripe;
    const int64_t width = of_stripe > 0 ? kStripe : columns;
    for (int64_t c = column; c < column + columns; c += width) {
      gemm.n = std::min(width, column + columns - c);
      if (of_stripe > 0) {
        expand(*args.weight, c, gemm.n, stripe);
        gemm.b = stripe;
      } else {
        cpu::set_weight(gemm, *args.weight, pairs, c);
      }
      if (args.bias.data != nullptr) gemm.bias = args.bias.data + c;
      if (args.residual.data != nullptr)
        gemm.residual = args.residual.data + row * args.residual.stride[0] + c;
      gemm.c = args.y.data + row * args.y.stride[0] + c;
      kernels.gemm(gemm);
    }
  });
}

}  // namespace serene
