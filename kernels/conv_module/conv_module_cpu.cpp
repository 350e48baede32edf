// A task is a sequence. The gated map is kept for the whole sequence, everything else in blocks of rows.
#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/conv_module/conv_module.h"

namespace serene {
namespace {

constexpr int64_t kRows = 64;

// Floats for one sequence.
struct Layout {
  int64_t gated, normed, expanded, total;
  Layout(int64_t n, int64_t c, int64_t inner, int64_t taps) {
    gated = 0;                                // (N + K - 1, I), zeros at both ends
    normed = gated + (n + taps - 1) * inner;  // (kRows, C)
    expanded = normed + kRows * c;            // (kRows, 2 I), later (kRows, I)
    total = (expanded + kRows * 2 * inner + 15) / 16 * 16;
  }
};

}  // namespace

size_t conv_module_workspace(int64_t sequences, int64_t n, int64_t channels, int64_t inner, int64_t taps,
                             const Stream& stream) {
  if (stream.device != Device::cpu) return static_cast<size_t>(sequences * n * inner) * sizeof(float);
  return static_cast<size_t>(stream.pool->size() * Layout(n, channels, inner, taps).total) * sizeof(float);
}

void conv_module_cpu(const ConvModuleArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t s1 = args.x.size(1), n = args.x.size(2), c = args.x.size(3);
  const int64_t taps = args.taps.size(0), inner = args.taps.size(1), border = taps / 2;
  const Layout layout(n, c, inner, taps);
  const bool bf16 = args.precision == Precision::bf16;
  const uint32_t* w1 = bf16 ? args.w1->pairs() : nullptr;
  const uint32_t* w2 = bf16 ? args.w2->pairs() : nullptr;
  const int64_t whole[1] = {0};
  auto* workspace = reinterpret_cast<float*>(args.workspace.data());

  stream.pool->parallel_for(args.x.size(0) * s1, [&](int64_t task, int worker) {
    float* base = workspace + worker * layout.total;
    float *gated = base + layout.gated, *normed = base + layout.normed, *expanded = base + layout.expanded;
    const View<const float, 2> x = args.x[task / s1][task % s1];
    const View<float, 2> y = args.y[task / s1][task % s1];
    std::fill_n(gated, border * inner, 0.0f);
    std::fill_n(gated + (border + n) * inner, border * inner, 0.0f);
    for (int64_t first = 0; first < n; first += kRows) {
      const int64_t count = std::min(kRows, n - first);
      kernels.layer_norm(x.data + first * x.stride[0], x.stride[0], count, c, args.norm_weight.data,
                         args.norm_bias.data, args.eps, normed, c);
      if (w1 != nullptr) kernels.pairs_in_row(normed, count * c / 2, reinterpret_cast<uint32_t*>(normed));
      cpu::Gemm expand;
      expand.a = normed;
      expand.a_is_pairs = w1 != nullptr;
      expand.lda = w1 != nullptr ? c / 2 : c;
      expand.taps = whole;
      expand.tap_k = c;
      expand.b = args.w1->data();
      expand.b_pairs = w1;
      expand.bias = args.b1.data;
      expand.c = expanded;
      expand.ldc = 2 * inner;
      expand.m = count;
      expand.n = 2 * inner;
      kernels.gemm(expand);
      kernels.glu(expanded, count, inner, gated + (border + first) * inner, bf16);
    }
    for (int64_t first = 0; first < n; first += kRows) {
      const int64_t count = std::min(kRows, n - first);
      kernels.depthwise_silu(gated + first * inner, count, inner, taps, args.taps.data, args.taps_bias.data,
                             expanded, bf16);
      cpu::Gemm contract;
      contract.a = expanded;
      contract.lda = inner;
      contract.taps = whole;
      contract.tap_k = inner;
      contract.b = args.w2->data();
      contract.b_pairs = w2;
      contract.bias = args.b2.data;
      if (args.residual.data != nullptr) {
        const View<const float, 2> residual = args.residual[task / s1][task % s1];
        contract.residual = residual.data + first * residual.stride[0];
        contract.ldr = residual.stride[0];
      }
      contract.c = y.data + first * y.stride[0];
      contract.ldc = y.stride[0];
      contract.m = count;
      contract.n = c;
      kernels.gemm(contract);
    }
  });
}

}  // namespace serene
