#include <algorithm>

#include "kernels/batch_norm/batch_norm.h"

namespace serene {

void batch_norm_cpu(const BatchNormArgs& args, const Stream& stream) {
  constexpr int64_t kFrames = 32;  // of a task
  const int64_t frames = args.x.size(1), mels = args.x.size(2), channels = args.x.size(3);
  const int64_t blocks = (frames + kFrames - 1) / kFrames;
  stream.pool->parallel_for(args.x.size(0) * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kFrames;
    for (int64_t t = first; t < std::min(first + kFrames, frames); ++t) {
      const View<const float, 2> x = args.x[b][t];
      const View<float, 2> y = args.y[b][t];
      for (int64_t f = 0; f < mels; ++f) {
        const float scale = args.scale.data[f], shift = args.shift.data[f];
        const float* from = x[f].data;
        float* to = y[f].data;
        for (int64_t c = 0; c < channels; ++c) to[c] = from[c] * scale + shift;
      }
    }
  });
}

}  // namespace serene
