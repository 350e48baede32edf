#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention_pool/attention_pool.h"

namespace serene {

// A task is a clip: some 30 frames of 256 channels, microseconds.
void attention_pool_cpu(const AttentionPoolArgs& args, const Stream& stream) {
  constexpr int64_t kChannels = 64;  // whose sums are kept next to each other
  const int64_t frames = args.x.size(1), e = args.x.size(2);
  auto* scratch = reinterpret_cast<double*>(args.workspace.data());  // (B, T)
  stream.pool->parallel_for(args.x.size(0), [&](int64_t b, int) {
    const View<const float, 2> x = args.x[b];
    double* weight = scratch + b * frames;
    double largest = -std::numeric_limits<double>::infinity();
    for (int64_t t = 0; t < frames; ++t) {
      const float* row = x[t].data;
      double logit = 0;
      for (int64_t i = 0; i < e; ++i) logit += static_cast<double>(args.u.data[i]) * row[i];
      weight[t] = logit;
      largest = std::max(largest, logit);
    }
    double sum = 0;
    for (int64_t t = 0; t < frames; ++t) {
      weight[t] = std::exp(weight[t] - largest);
      sum += weight[t];
    }
    for (int64_t t = 0; t < frames; ++t) weight[t] /= sum;
    float* y = args.y[b].data;
    for (int64_t first = 0; first < e; first += kChannels) {
      const int64_t count = std::min(kChannels, e - first);
      double pooled[kChannels] = {};
      for (int64_t t = 0; t < frames; ++t) {
        const float* row = x[t].data + first;
        for (int64_t i = 0; i < count; ++i) pooled[i] += weight[t] * row[i];
      }
      for (int64_t i = 0; i < count; ++i) y[first + i] = static_cast<float>(pooled[i]);
    }
    if (args.attention.data == nullptr) return;
    float* attention = args.attention[b].data;
    for (int64_t t = 0; t < frames; ++t) attention[t] = static_cast<float>(weight[t]);
  });
}

}  // namespace serene
