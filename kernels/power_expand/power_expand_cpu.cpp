#include <cmath>

#include "kernels/power_expand/power_expand.h"

namespace serene {

void power_expand_cpu(const PowerExpandArgs& args, const Stream& stream) {
  const int64_t bins = args.x.size(2);
  const double power = 1.0 / args.exponent;
  stream.pool->parallel_for(args.x.size(0) * args.x.size(1), [&](int64_t task, int) {
    const float* x = args.x.data + task * bins * 2;
    float* y = args.y.data + task * bins * 2;
    for (int64_t f = 0; f < bins; ++f) {
      const double re = x[2 * f], im = x[2 * f + 1];
      const double magnitude = std::hypot(re, im);
      const double scale = magnitude > 0 ? std::pow(magnitude, power - 1) : 0;
      y[2 * f] = static_cast<float>(re * scale);
      y[2 * f + 1] = static_cast<float>(im * scale);
    }
  });
}

}  // namespace serene
