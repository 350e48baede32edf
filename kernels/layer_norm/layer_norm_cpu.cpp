#include <algorithm>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/layer_norm/layer_norm.h"

namespace serene {

void layer_norm_cpu(const LayerNormArgs& args, const Stream& stream) {
  const cpu::VectorKernels& kernels = cpu::vector_kernels();
  constexpr int64_t kRows = 128;
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  const bool gelu = args.activation == Activation::gelu;
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first = task * kRows, end = std::min(first + kRows, rows);
    if (args.residual.data == nullptr) {
      float* y = args.y[first].data;
      kernels.layer_norm(args.x[first].data, args.x.stride[0], end - first, c, args.weight.data,
                         args.bias.data, args.eps, y, args.y.stride[0]);
      for (int64_t r = 0; gelu && r < end - first; ++r)
        kernels.gelu_row(y + r * args.y.stride[0], c, y + r * args.y.stride[0]);
      return;
    }
    for (int64_t r = first; r < end; ++r) {
      float* y = args.y.data + r * args.y.stride[0];
      // Normalised into a row of its own first: y may be the residual.
      float row[4096];
      kernels.layer_norm(args.x.data + r * args.x.stride[0], c, 1, c, args.weight.data, args.bias.data,
                         args.eps, row, c);
      if (gelu) kernels.gelu_row(row, c, row);
      const float* residual = args.residual[r].data;
      for (int64_t i = 0; i < c; ++i) y[i] = row[i] + residual[i];
    }
  });
}

}  // namespace serene
