#include <algorithm>

#include "kernels/frequency_mean/frequency_mean.h"

namespace serene {

void frequency_mean_cpu(const FrequencyMeanArgs& args, const Stream& stream) {
  constexpr int64_t kChannels = 64;  // whose sums are kept next to each other
  const int64_t frames = args.x.size(1), bins = args.x.size(2), channels = args.x.size(3);
  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int) {
    const View<const float, 2> x = args.x[task / frames][task % frames];
    float* y = args.y[task / frames][task % frames].data;
    for (int64_t first = 0; first < channels; first += kChannels) {
      const int64_t count = std::min(kChannels, channels - first);
      double sum[kChannels] = {};
      for (int64_t f = 0; f < bins; ++f) {
        const float* row = x[f].data + first;
        for (int64_t c = 0; c < count; ++c) sum[c] += row[c];
      }
      const double n = static_cast<double>(bins);
      for (int64_t c = 0; c < count; ++c) y[first + c] = static_cast<float>(sum[c] / n);
    }
  });
}

}  // namespace serene
