#include <algorithm>

#include "kernels/zero_border/zero_border.h"

namespace serene {

void zero_border_cpu(const ZeroBorderArgs& args, const Stream& stream) {
  const int64_t frames = args.y.size(1), bins = args.y.size(2), c = args.y.size(3);
  stream.pool->parallel_for(args.y.size(0) * frames, [&](int64_t task, int) {
    const int64_t t = task % frames;
    const View<float, 2> y = args.y[task / frames][t];
    const bool whole = t < args.before_t || t >= frames - args.after_t;
    for (int64_t f = 0; f < bins; ++f) {
      if (whole || f < args.before_f || f >= bins - args.after_f) std::fill_n(y[f].data, c, 0.0f);
    }
  });
}

}  // namespace serene
