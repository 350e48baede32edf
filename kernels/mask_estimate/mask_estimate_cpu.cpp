#include "kernels/mask_estimate/mask_estimate.h"

namespace serene {

void mask_estimate_cpu(const MaskEstimateArgs& args, const Stream& stream) {
  const int64_t frames = args.mask.size(1), bins = args.mask.size(2);
  stream.pool->parallel_for(args.mask.size(0) * frames, [&](int64_t task, int) {
    const float* mask = args.mask.data + task * bins;
    const View<const float, 2> noisy = args.noisy[task / frames][task % frames];
    const float* residual = args.residual.data + task * bins * 2;
    float* y = args.y.data + task * bins * 2;
    for (int64_t f = 0; f < bins; ++f) {
      const float* z = noisy[f].data;
      y[2 * f] = mask[f] * z[0] + residual[2 * f];
      y[2 * f + 1] = mask[f] * z[1] + residual[2 * f + 1];
    }
  });
}

}  // namespace serene
