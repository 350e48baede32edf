#include <algorithm>

#include "kernels/level_mix/level_mix.h"

namespace serene {

void level_mix_cpu(const LevelMixArgs& args, const Stream& stream) {
  constexpr int64_t kSamples = 16384;  // of a task, some microseconds
  const int64_t all = args.x.size(0), length = args.e.size(1);
  stream.pool->parallel_for((all + kSamples - 1) / kSamples, [&](int64_t task, int) {
    const int64_t first = task * kSamples;
    each_part(args.clips, first, std::min(kSamples, all - first),
              [&](int64_t clip, int64_t n, int64_t count) {
                const float c = args.level[clip].data[0], rest = 1.0f - c;
                const float* x = args.x.data + args.clips.begin[clip] + n;
                const float* e = args.e.data + args.segments.begin[clip] * length + n;
                float* y = args.y.data + args.clips.begin[clip] + n;
                for (int64_t i = 0; i < count; ++i) y[i] = c * x[i] + rest * e[i];
              });
  });
}

}  // namespace serene
