#include "kernels/prelu/prelu.h"

namespace serene {

void prelu_cpu(const PreluArgs& args, const Stream& stream) {
  const int64_t frames = args.x.size(1), c = args.x.size(2);
  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int) {
    float* x = args.x[task / frames][task % frames].data;
    for (int64_t i = 0; i < c; ++i) x[i] = x[i] >= 0 ? x[i] : args.slope.data[i] * x[i];
  });
}

}  // namespace serene
