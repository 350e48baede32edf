#include "kernels/max_pool/max_pool.h"

namespace serene {

namespace {

// The larger, or the NaN. Two plain selects: joined by || or | they would keep the loop below from becoming
// vector code.
inline float larger(float a, float b) { return a != a ? a : (a > b ? a : b); }

}  // namespace

void max_pool_cpu(const MaxPoolArgs& args, const Stream& stream) {
  const int64_t frames = args.y.size(1), mels = args.y.size(2), channels = args.y.size(3);
  stream.pool->parallel_for(args.y.size(0) * frames, [&](int64_t task, int) {
    const int64_t b = task / frames, t = task % frames;
    const View<const float, 2> even = args.x[b][2 * t], odd = args.x[b][2 * t + 1];
    const View<float, 2> y = args.y[b][t];
    for (int64_t f = 0; f < mels; ++f) {
      const float* x00 = even[2 * f].data;
      const float* x01 = even[2 * f + 1].data;
      const float* x10 = odd[2 * f].data;
      const float* x11 = odd[2 * f + 1].data;
      float* to = y[f].data;
      for (int64_t c = 0; c < channels; ++c) {
        to[c] = larger(larger(x00[c], x01[c]), larger(x10[c], x11[c]));
      }
    }
  });
}

}  // namespace serene
