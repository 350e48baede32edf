// Logits to log posteriors.
#pragma once

#include "kernels/common/gpu/device.h"
#include "kernels/common/gpu/warp_reduce.h"

namespace serene::gpu {

// y (n) = log_softmax(x) by one warp, in double; y may be x.
SERENE_DEVICE void log_softmax(const float* x, int n, float* y) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  double largest = -INFINITY, sum = 0;
  for (int i = lane; i < n; i += 32) largest = x[i] > largest ? x[i] : largest;
  largest = warp_max(largest);
  for (int i = lane; i < n; i += 32) sum += exp(x[i] - largest);
  const double log_sum = log(warp_sum(sum));
  // The subtractions in this order: the largest may be so large that log_sum added to it would be lost.
  for (int i = lane; i < n; i += 32) y[i] = static_cast<float>((x[i] - largest) - log_sum);
}

}  // namespace serene::gpu
