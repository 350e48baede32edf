// A task is a sequence: its projections, all heads and the output projection stay in one core's cache.
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/relative_attention/relative_attention.h"

namespace serene {
namespace {

// Floats for one sequence.
struct Layout {
  int64_t normed, qkv, keys, values, scratch, total;
  Layout(int64_t n, int64_t c, int64_t d) {
    normed = 0;                                    // (N, C), later the heads' outputs
    qkv = normed + n * c;                          // (N, 3 C)
    keys = qkv + n * 3 * c;                        // (D, stride)
    values = keys + d * cpu::attention_stride(n);  // (D, stride)
    scratch = values + d * cpu::attention_stride(n);
    total = (scratch + cpu::attention_scratch(n) + 15) / 16 * 16;
  }
};

}  // namespace

size_t relative_attention_workspace(int64_t sequences, int64_t n, int64_t channels, int64_t heads,
                                    const Stream& stream) {
  if (stream.device != Device::cpu) return static_cast<size_t>(sequences * n * 3 * channels) * sizeof(float);
  return static_cast<size_t>(stream.pool->size() * Layout(n, channels, channels / heads).total) *
         sizeof(float);
}

void relative_attention_cpu(const RelativeAttentionArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t inner = args.x.size(1), n = args.x.size(2), c = args.x.size(3), d = c / args.heads;
  const Layout layout(n, c, d);
  const int64_t stride = cpu::attention_stride(n);
  const auto scale =
      static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(d)));  // log2(e) D^-1/2
  const int64_t whole[1] = {0};
  auto* workspace = reinterpret_cast<float*>(args.workspace.data());

  stream.pool->parallel_for(args.x.size(0) * inner, [&](int64_t task, int worker) {
    float* base = workspace + worker * layout.total;
    float *normed = base + layout.normed, *qkv = base + layout.qkv;
    const View<const float, 2> x = args.x[task / inner][task % inner];
    kernels.layer_norm(x.data, x.stride[0], n, c, args.norm_weight.data, args.norm_bias.data, args.eps,
                       normed, c);

    cpu::Gemm project;
    project.a = normed;
    project.lda = c;
    project.taps = whole;
    project.tap_k = c;
    project.b = args.qkv->data();
    project.c = qkv;
    project.ldc = 3 * c;
    project.m = n;
    project.n = 3 * c;
    kernels.gemm(project);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t k = 0; k < c; ++k) qkv[i * 3 * c + k] *= scale;
    }

    cpu::Attention attention;
    attention.ldq = 3 * c;
    attention.kt = base + layout.keys;
    attention.vt = base + layout.values;
    attention.ldt = stride;
    attention.et = args.distances->data();
    attention.lde = args.distances->stride();
    attention.clip = args.distances->clip();
    attention.n = n;
    attention.d = d;
    attention.rows = n;
    attention.ldo = c;
    attention.scratch = base + layout.scratch;
    for (int64_t head = 0; head < args.heads; ++head) {
      kernels.transpose(qkv + c + head * d, 3 * c, n, d, base + layout.keys, stride);
      kernels.transpose(qkv + 2 * c + head * d, 3 * c, n, d, base + layout.values, stride);
      attention.q = qkv + head * d;
      attention.out = normed + head * d;
      kernels.attention(attention);
    }

    const View<float, 2> y = args.y[task / inner][task % inner];
    cpu::Gemm output;
    output.a = normed;
    output.lda = c;
    output.taps = whole;
    output.tap_k = c;
    output.b = args.out->data();
    output.bias = args.out_bias.data;
    if (args.residual.data != nullptr) {
      const View<const float, 2> residual = args.residual[task / inner][task % inner];
      output.residual = residual.data;
      output.ldr = residual.stride[0];
    }
    output.c = y.data;
    output.ldc = y.stride[0];
    output.m = n;
    output.n = c;
    kernels.gemm(output);
  });
}

}  // namespace serene
