#include <cmath>

#include "kernels/rms_normalize/rms_normalize.h"

namespace serene {

void rms_normalize_cpu(const RmsNormalizeArgs& args, const Stream&) {
  const int64_t n = args.x.size(1), padded = args.y.size(1);
  for (int64_t b = 0; b < args.x.size(0); ++b) {
    const float* x = args.x[b].data;
    float* y = args.y[b].data;
    double energy = 0;
    for (int64_t i = 0; i < n; ++i) energy += double(x[i]) * x[i];
    const double wanted = energy > 0 ? std::sqrt(static_cast<double>(n) / energy) : 1.0;
    const float gain = wanted <= kMaxGain ? static_cast<float>(wanted) : 1.0f;
    args.gain.data[b * args.gain.stride[0]] = gain;
    for (int64_t i = 0; i < padded; ++i) y[i] = gain * x[i % n];
  }
}

}  // namespace serene
