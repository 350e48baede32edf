#include <algorithm>

#include "kernels/classifier/classifier.h"
#include "kernels/common/cpu/log_softmax.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene {

void classifier_cpu(const ClassifierArgs& args, const Stream& stream) {
  constexpr int64_t kRows = 24;  // of a task: whole register tiles at every level
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t batch = args.embedding.size(0), h = args.w1->n(), classes = args.w2->n();
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());  // (B, H)
  const int64_t whole[1] = {0};
  stream.pool->parallel_for((batch + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first = task * kRows;
    float* hidden = scratch + first * h;
    cpu::Gemm gemm;
    gemm.taps = whole;
    gemm.m = std::min(kRows, batch - first);
    gemm.a = args.embedding[first].data;
    gemm.lda = args.embedding.stride[0];
    gemm.tap_k = args.embedding.size(1);
    gemm.b = args.w1->data();
    gemm.bias = args.b1.data;
    gemm.activation = cpu::Activation::relu;
    gemm.c = hidden;
    gemm.ldc = h;
    gemm.n = h;
    kernels.gemm(gemm);
    gemm.a = hidden;
    gemm.lda = h;
    gemm.tap_k = h;
    gemm.b = args.w2->data();
    gemm.bias = args.b2.data;
    gemm.activation = cpu::Activation::none;
    gemm.c = args.log_posterior[first].data;
    gemm.ldc = args.log_posterior.stride[0];
    gemm.n = classes;
    kernels.gemm(gemm);
    if (classes == 0) return;
    for (int64_t r = 0; r < gemm.m; ++r) {
      float* row = gemm.c + r * gemm.ldc;
      cpu::log_softmax(row, classes, row);
    }
  });
}

}  // namespace serene
