#include <algorithm>

#include "kernels/deltas/deltas.h"

namespace serene {

namespace {

constexpr int64_t kReach = 2;  // frames a difference looks ahead and back
constexpr int64_t kMels = 80;  // worked on side by side

// s[-2], s[-1], s[1], s[2] around a frame; 10 = 2 (1^2 + 2^2).
inline float difference(float before2, float before1, float after1, float after2) {
  return ((after1 - before1) + 2.0f * (after2 - before2)) / 10.0f;
}

}  // namespace

// The five first differences a frame's second difference needs are taken anew for each frame: that is 30
// operations a value, and no second pass over y or scratch. A block of mels at a time, so that they lie in
// rows and only the last loop meets y's stride of three.
void deltas_cpu(const DeltasArgs& args, const Stream& stream) {
  constexpr int64_t kFrames = 32;  // of a task
  const int64_t frames = args.x.size(1), mels = args.x.size(2);
  const int64_t blocks = (frames + kFrames - 1) / kFrames;
  stream.pool->parallel_for(args.x.size(0) * blocks, [&](int64_t task, int) {
    const int64_t b = task / blocks, first = task % blocks * kFrames;
    const View<const float, 2> x = args.x[b];
    const auto inside = [&](int64_t t) { return std::clamp<int64_t>(t, 0, frames - 1); };
    for (int64_t t = first; t < std::min(first + kFrames, frames); ++t) {
      // Rows of x around each of the five frames at which a first difference is taken.
      const float* rows[2 * kReach + 1][4];
      for (int64_t i = 0; i <= 2 * kReach; ++i) {
        const int64_t at = inside(t + i - kReach);
        rows[i][0] = x[inside(at - 2)].data;
        rows[i][1] = x[inside(at - 1)].data;
        rows[i][2] = x[inside(at + 1)].data;
        rows[i][3] = x[inside(at + 2)].data;
      }
      const float* here = x[t].data;
      const View<float, 2> y = args.y[b][t];
      for (int64_t from = 0; from < mels; from += kMels) {
        const int64_t count = std::min(kMels, mels - from);
        float delta[2 * kReach + 1][kMels], second[kMels];
        for (int64_t i = 0; i <= 2 * kReach; ++i) {
          const float* const row[4] = {rows[i][0] + from, rows[i][1] + from, rows[i][2] + from,
                                       rows[i][3] + from};
          for (int64_t f = 0; f < count; ++f) {
            delta[i][f] = difference(row[0][f], row[1][f], row[2][f], row[3][f]);
          }
        }
        for (int64_t f = 0; f < count; ++f) {
          second[f] = difference(delta[0][f], delta[1][f], delta[3][f], delta[4][f]);
        }
        float* out = y.data + from * y.stride[0];
        for (int64_t f = 0; f < count; ++f, out += y.stride[0]) {
          out[0] = here[from + f];
          out[1] = delta[kReach][f];
          out[2] = second[f];
        }
      }
    }
  });
}

}  // namespace serene
