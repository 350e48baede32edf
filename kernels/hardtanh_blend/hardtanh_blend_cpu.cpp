#include <algorithm>

#include "kernels/hardtanh_blend/hardtanh_blend.h"

namespace serene {

void hardtanh_blend_cpu(const HardtanhBlendArgs& args, const Stream& stream) {
  constexpr int64_t kFrames = 64;  // of a task: 64 x 80 floats, some microseconds
  const int64_t frames = args.x.size(1), mels = args.x.size(2);
  // A dot product of a row a clip: less work than waking a thread.
  for (int64_t b = 0; b < args.x.size(0); ++b) {
    const float* similarity = args.similarity[b].data;
    double sum = args.bias;
    for (int64_t f = 0; f < mels; ++f) sum += static_cast<double>(args.weight.data[f]) * similarity[f];
    args.coefficient.data[b] = static_cast<float>(std::clamp(sum, 0.0, 1.0));
  }
  const int64_t blocks = (frames + kFrames - 1) / kFrames;
  stream.pool->parallel_for(args.x.size(0) * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kFrames;
    const float c = args.coefficient.data[b], rest = 1.0f - c;
    for (int64_t t = first; t < std::min(first + kFrames, frames); ++t) {
      const float* x = args.x[b][t].data;
      const float* e = args.e[b][t].data;
      float* y = args.y[b][t].data;
      for (int64_t f = 0; f < mels; ++f) y[f] = c * x[f] + rest * e[f];
    }
  });
}

}  // namespace serene
