#include <cstring>

#include "kernels/copy/copy.h"

namespace serene {

void copy_cpu(const CopyArgs& args, const Stream& stream) {
  const int64_t frames = args.x.size(1), bins = args.x.size(2);
  const size_t bytes = static_cast<size_t>(args.x.size(3)) * sizeof(float);
  if (bytes == 0) return;
  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int) {
    const View<const float, 2> x = args.x[task / frames][task % frames];
    const View<float, 2> y = args.y[task / frames][task % frames];
    for (int64_t f = 0; f < bins; ++f) std::memcpy(y[f].data, x[f].data, bytes);
  });
}

}  // namespace serene
