#include <cmath>

#include "kernels/power_compress/power_compress.h"

namespace serene {

void power_compress_cpu(const PowerCompressArgs& args, const Stream& stream) {
  const int64_t frames = args.x.size(1), bins = args.x.size(2);
  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int) {
    const float* x = args.x.data + task * bins * 2;
    const View<float, 2> y = args.y[task / frames][task % frames];
    for (int64_t f = 0; f < bins; ++f) {
      const double re = x[2 * f], im = x[2 * f + 1];
      const double magnitude = std::hypot(re, im);
      const double compressed = magnitude > 0 ? std::pow(magnitude, args.exponent) : 0;
      const double scale = magnitude > 0 ? compressed / magnitude : 0;
      float* out = y[f].data;
      out[0] = static_cast<float>(compressed);
      out[1] = static_cast<float>(re * scale);
      out[2] = static_cast<float>(im * scale);
    }
  });
}

}  // namespace serene
