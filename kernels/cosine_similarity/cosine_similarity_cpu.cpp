#include <algorithm>
#include <cmath>

#include "kernels/cosine_similarity/cosine_similarity.h"

namespace serene {

// A task is a clip and a block of mels: the sums of a block stay in the first-level cache over all frames,
// and a row of a block is one cache line.
void cosine_similarity_cpu(const CosineSimilarityArgs& args, const Stream& stream) {
  constexpr int64_t kMels = 16;
  constexpr double kFloor = 1e-8;
  const int64_t frames = args.x.size(1), mels = args.x.size(2);
  const int64_t blocks = (mels + kMels - 1) / kMels;
  stream.pool->parallel_for(args.x.size(0) * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kMels;
    const int64_t count = std::min(kMels, mels - first);
    double xe[kMels] = {}, xx[kMels] = {}, ee[kMels] = {};
    for (int64_t t = 0; t < frames; ++t) {
      const float* x = args.x[b][t].data + first;
      const float* e = args.e[b][t].data + first;
      for (int64_t i = 0; i < count; ++i) {
        const double xi = x[i], ei = e[i];
        xe[i] += xi * ei;
        xx[i] += xi * xi;
        ee[i] += ei * ei;
      }
    }
    float* d = args.d[b].data + first;
    for (int64_t i = 0; i < count; ++i) {
      const double norms = std::max(std::sqrt(xx[i]), kFloor) * std::max(std::sqrt(ee[i]), kFloor);
      d[i] = static_cast<float>(xe[i] / norms);
    }
  });
}

}  // namespace serene
