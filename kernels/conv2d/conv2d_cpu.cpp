#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/conv2d/conv2d.h"

namespace serene {
namespace {
constexpr int64_t kRows = 192;  // that share a reading of the weights
}

void conv2d_cpu(const Conv2dArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const uint32_t* pairs = args.precision == Precision::bf16 ? args.weight->pairs() : nullptr;
  const int64_t frames = args.y.size(1);
  // Taps that lie side by side in memory are one: in a dense map a kernel's whole row is.
  const int64_t channels = args.x.size(3);
  const bool row_is_dense = args.x.stride[2] == channels;
  const int64_t tap_k = row_is_dense ? args.kernel_f * channels : channels;
  int64_t taps[kMaxTaps];
  int64_t tap_count = 0;
  for (int64_t i = 0; i < args.kernel_t; ++i) {
    for (int64_t j = 0; j < (row_is_dense ? 1 : args.kernel_f); ++j) {
      taps[tap_count++] = i * args.dilation_t * args.x.stride[1] + j * args.x.stride[2];
    }
  }
  // Short frames go together: a frame alone would read all weights for a few rows. As many parts of like size
  // as give every thread the same number.
  const int64_t rows = args.y.size(2), threads = stream.pool->size();
  const int64_t wanted = rows > 0 ? (kRows + rows - 1) / rows : 1;
  const int64_t least = std::max(2 * threads, (frames + wanted - 1) / wanted);
  const int64_t parts = std::min(frames, (least + threads - 1) / threads * threads);
  stream.pool->parallel_for(args.y.size(0) * parts, [&](int64_t task, int) {
    const int64_t b = task / parts, part = task % parts;
    const int64_t t = part * frames / parts, count = (part + 1) * frames / parts - t;
    cpu::Gemm gemm;
    gemm.a = args.x.data + b * args.x.stride[0] + t * args.stride_t * args.x.stride[1];
    gemm.lda = args.stride_f * args.x.stride[2];
    gemm.taps = taps;
    gemm.tap_count = tap_count;
    gemm.tap_k = tap_k;
    gemm.b = args.weight->data();
    gemm.b_pairs = pairs;
    gemm.bias = args.bias;
    gemm.activation = args.relu ? cpu::Activation::relu : cpu::Activation::none;
    gemm.c = args.y.data + b * args.y.stride[0] + t * args.y.stride[1];
    gemm.ldc = args.y.stride[2];
    gemm.m = count * rows;
    gemm.group = rows;
    gemm.a_group = args.stride_t * args.x.stride[1];
    gemm.c_group = args.y.stride[1];
    gemm.n = args.y.size(3);
    kernels.gemm(gemm);
    for (int64_t i = 0; i < count && args.sums.data != nullptr; ++i) {
      double* sums = args.sums[b][t + i].data;
      kernels.channel_sums(gemm.c + i * gemm.c_group, rows, gemm.ldc, gemm.n, sums, sums + gemm.n);
    }
  });
}

}  // namespace serene
