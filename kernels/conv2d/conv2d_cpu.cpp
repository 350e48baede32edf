#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/conv2d/conv2d.h"

namespace serene {
namespace {
constexpr int64_t kRows = 96;  // that share a reading of the weights
}

void conv2d_cpu(const Conv2dArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
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
  // Short frames go together: a frame alone would read all weights for a few rows.
  const int64_t rows = args.y.size(2);
  const int64_t wanted = rows > 0 ? (kRows + rows - 1) / rows : 1;
  const int64_t shared_out = frames / (4 * stream.pool->size());  // every thread has some to do
  const int64_t together = std::max<int64_t>(1, std::min(wanted, shared_out));
  const int64_t tasks = (frames + together - 1) / together;
  stream.pool->parallel_for(args.y.size(0) * tasks, [&](int64_t task, int) {
    const int64_t b = task / tasks, t = task % tasks * together, count = std::min(together, frames - t);
    cpu::Gemm gemm;
    gemm.a = args.x.data + b * args.x.stride[0] + t * args.stride_t * args.x.stride[1];
    gemm.lda = args.stride_f * args.x.stride[2];
    gemm.taps = taps;
    gemm.tap_count = tap_count;
    gemm.tap_k = tap_k;
    gemm.b = args.weight->data();
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
  });
}

}  // namespace serene
