#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/residual_conv/residual_conv.h"

namespace serene {

void residual_conv_cpu(const ResidualConvArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const bool bf16 = args.precision == Precision::bf16;
  const uint32_t* weight = bf16 ? args.weight->pairs() : nullptr;
  const uint32_t* shortcut = bf16 ? args.shortcut->pairs() : nullptr;
  const int64_t frames = args.y.size(1), channels = args.h.size(3);
  int64_t taps[7 * 7];
  for (int64_t i = 0; i < args.kernel * args.kernel; ++i) {
    taps[i] = i / args.kernel * args.h.stride[1] + i % args.kernel * args.h.stride[2];
  }
  const int64_t no_taps[1] = {0};
  stream.pool->parallel_for(args.y.size(0) * frames, [&](int64_t task, int) {
    const int64_t b = task / frames, t = task % frames;
    cpu::Gemm gemm;
    gemm.c = args.y.data + b * args.y.stride[0] + t * args.y.stride[1];
    gemm.ldc = args.y.stride[2];
    gemm.m = args.y.size(2);
    gemm.n = args.y.size(3);

    gemm.a = args.x.data + b * args.x.stride[0] + t * args.stride * args.x.stride[1];
    gemm.lda = args.stride * args.x.stride[2];
    gemm.taps = no_taps;
    gemm.tap_k = args.x.size(3);
    gemm.b = args.shortcut->data();
    gemm.b_pairs = shortcut;
    gemm.bias = args.shortcut_bias;
    kernels.gemm(gemm);

    gemm.a = args.h.data + b * args.h.stride[0] + t * args.h.stride[1];
    gemm.lda = args.h.stride[2];
    gemm.taps = taps;
    gemm.tap_count = args.kernel * args.kernel;
    gemm.tap_k = channels;
    gemm.b = args.weight->data();
    gemm.b_pairs = weight;
    gemm.bias = args.bias;
    gemm.residual = gemm.c;
    gemm.ldr = gemm.ldc;
    gemm.final_relu = true;
    kernels.gemm(gemm);
  });
}

}  // namespace serene
