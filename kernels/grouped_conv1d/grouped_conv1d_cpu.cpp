// A task is a group's product for some rows: its channels of these rows and of those around them are copied
// side by side, so that the window of a row is one run of numbers.
#include <algorithm>

#include "kernels/common/cpu/product_tasks.h"
#include "kernels/grouped_conv1d/grouped_conv1d.h"

namespace serene {
namespace {

int64_t window_floats(int64_t width, int64_t taps) {
  return (cpu::kProductRows + taps - 1) * width + cpu::kProductPartial;
}

}  // namespace

size_t grouped_conv1d_workspace(int64_t channels, int64_t groups, int64_t taps, const Stream& stream) {
  if (stream.device != Device::cpu) return 0;
  return static_cast<size_t>(stream.pool->size() * window_floats(channels / groups, taps)) * sizeof(float);
}

void grouped_conv1d_cpu(const GroupedConv1dArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  const int64_t rows = args.x.size(0), width = args.x.size(1) / args.groups, taps = args.taps;
  const int64_t columns = args.weight->n() / args.groups, floats = window_floats(width, taps);
  auto* scratch = reinterpret_cast<float*>(args.workspace.data());
  const bool bf16 = args.precision == Precision::bf16 && width % 2 == 0;
  const uint32_t* pairs = bf16 ? args.weight->pairs() : nullptr;
  const int64_t row_tasks = (rows + cpu::kProductRows - 1) / cpu::kProductRows;
  const int64_t whole[1] = {0};
  stream.pool->parallel_for(row_tasks * args.groups, [&](int64_t task, int worker) {
    const int64_t row = task / args.groups * cpu::kProductRows, channel = task % args.groups * width;
    float* partial = scratch + worker * floats;
    float* window = partial + cpu::kProductPartial;
    each_part(
        args.clips, row, std::min(cpu::kProductRows, rows - row),
        [&](int64_t clip, int64_t first, int64_t count) {
          const int64_t begin = args.clips.begin[clip], n = args.clips.length(clip);
          for (int64_t i = 0; i < count + taps - 1; ++i) {
            const int64_t t = first + i - taps / 2;
            if (t >= 0 && t < n) {
              std::copy_n(args.x.data + (begin + t) * args.x.stride[0] + channel, width, window + i * width);
            } else {
              std::fill_n(window + i * width, width, 0.0f);
            }
          }
          if (pairs != nullptr) {
            kernels.pairs_in_row(window, (count + taps - 1) * width / 2, reinterpret_cast<uint32_t*>(window));
          }
          cpu::Gemm gemm;
          gemm.a = window;
          gemm.a_is_pairs = pairs != nullptr;
          gemm.lda = pairs != nullptr ? width / 2 : width;
          gemm.taps = whole;
          gemm.tap_k = taps * width;
          cpu::set_weight(gemm, *args.weight, pairs, task % args.groups * columns);
          gemm.bias = args.bias.data + channel;
          gemm.activation = Activation::gelu;
          const int64_t at = begin + first;
          if (args.residual.data != nullptr) {
            gemm.residual = args.residual.data + at * args.residual.stride[0] + channel;
            gemm.ldr = args.residual.stride[0];
          }
          gemm.c = args.y.data + at * args.y.stride[0] + channel;
          gemm.ldc = args.y.stride[0];
          gemm.m = count;
          gemm.n = width;
          gemm.partial = partial;
          kernels.gemm(gemm);
        });
  });
}

}  // namespace serene
