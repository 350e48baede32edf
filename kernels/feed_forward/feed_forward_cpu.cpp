#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/feed_forward/feed_forward.h"

namespace serene {

namespace {
constexpr int64_t kRows = 48;  // 48 x 256 hidden values are 48 KiB: they stay in L2 beside both weights
}

size_t feed_forward_workspace(int64_t channels, int64_t hidden, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;  // the hidden layer stays on the chip
  return static_cast<size_t>(stream.pool->size() * kRows * (channels + hidden)) * sizeof(float);
}

void feed_forward_cpu(const FeedForwardArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t rows = args.x.size(0), c = args.x.size(1), h = args.w1->n();
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());
  const bool bf16 = args.precision == Precision::bf16;
  const uint32_t* w1 = bf16 ? args.w1->pairs() : nullptr;
  const uint32_t* w2 = bf16 ? args.w2->pairs() : nullptr;
  // In bf16 what lies between the two products, and before them, becomes pairs once for all who read it.
  const bool in_pairs = w1 != nullptr && w2 != nullptr && h % 32 == 0;
  const int64_t whole[1] = {0};
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int worker) {
    const int64_t first = task * kRows, count = std::min(kRows, rows - first);
    float* normed = scratch + worker * kRows * (c + h);  // (count, C)
    float* hidden = normed + kRows * c;                  // (count, H)
    kernels.layer_norm(args.x.data + first * args.x.stride[0], args.x.stride[0], count, c,
                       args.norm_weight.data, args.norm_bias.data, args.eps, normed, c);
    if (in_pairs) kernels.pairs_in_row(normed, count * c / 2, reinterpret_cast<uint32_t*>(normed));
    cpu::Gemm expand;
    expand.a = normed;
    expand.a_is_pairs = expand.c_is_pairs = in_pairs;
    expand.lda = in_pairs ? c / 2 : c;
    expand.taps = whole;
    expand.tap_k = c;
    expand.b = args.w1->data();
    expand.b_pairs = w1;
    expand.bias = args.b1.data;
    expand.activation = cpu::Activation::silu;
    expand.c = hidden;
    expand.ldc = in_pairs ? h / 2 : h;
    expand.m = count;
    expand.n = h;
    kernels.gemm(expand);
    cpu::Gemm contract;
    contract.a = hidden;
    contract.a_is_pairs = in_pairs;
    contract.lda = in_pairs ? h / 2 : h;
    contract.taps = whole;
    contract.tap_k = h;
    contract.b = args.w2->data();
    contract.b_pairs = w2;
    contract.bias = args.b2.data;
    contract.scale = args.scale;
    if (args.residual.data != nullptr) {
      contract.residual = args.residual.data + first * args.residual.stride[0];
      contract.ldr = args.residual.stride[0];
    }
    contract.c = args.y.data + first * args.y.stride[0];
    contract.ldc = args.y.stride[0];
    contract.m = count;
    contract.n = c;
    kernels.gemm(contract);
  });
}

}  // namespace serene
