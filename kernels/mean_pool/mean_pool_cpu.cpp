#include <algorithm>

#include "kernels/mean_pool/mean_pool.h"

namespace serene {

void mean_pool_cpu(const MeanPoolArgs& args, const Stream& stream) {
  constexpr int64_t kChannels = 64;
  const int64_t c = args.x.size(1), runs = (c + kChannels - 1) / kChannels;
  stream.pool->parallel_for(args.clips.clips * runs, [&](int64_t task, int) {
    const int64_t clip = task / runs, first = task % runs * kChannels, count = std::min(kChannels, c - first);
    const int64_t begin = args.clips.begin[clip], rows = args.clips.length(clip);
    double sum[kChannels] = {};
    for (int64_t t = 0; t < rows; ++t) {
      const float* x = args.x[begin + t].data + first;
      for (int64_t i = 0; i < count; ++i) sum[i] += x[i];
    }
    float* y = args.y[clip].data + first;
    for (int64_t i = 0; i < count; ++i) y[i] = static_cast<float>(sum[i] / static_cast<double>(rows));
  });
}

}  // namespace serene
