#include <algorithm>
#include <cmath>

#include "kernels/common/cpu/vector_kernels.h"
#include "kernels/pointwise/pointwise.h"

namespace serene {
namespace {

template <class Function>
void each_row(const PointwiseArgs& args, const Stream& stream, Function function) {
  stream.pool->parallel_for(args.x.size(0), [&](int64_t row, int) {
    const float* x = args.x[row].data;
    float* y = args.y[row].data;
    for (int64_t i = 0; i < args.x.size(1); ++i) y[i] = function(x[i]);
  });
}

}  // namespace

void pointwise_cpu(const PointwiseArgs& args, const Stream& stream) {
  switch (args.function) {
    case PointwiseFunction::tanh: {
      const cpu::VectorKernels& kernels = cpu::vector_kernels();
      return stream.pool->parallel_for(args.x.size(0), [&](int64_t row, int) {
        kernels.tanh_row(args.x[row].data, args.x.size(1), args.y[row].data);
      });
    }
    case PointwiseFunction::sigmoid:
      return each_row(args, stream, [](float x) {
        return static_cast<float>(1 / (1 + std::exp(-static_cast<double>(x))));
      });
    case PointwiseFunction::clamp:
      return each_row(args, stream, [&](float x) { return std::min(std::max(x, args.low), args.high); });
  }
}

}  // namespace serene
