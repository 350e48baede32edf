#include <algorithm>

#include "kernels/frame_pool/frame_pool.h"

namespace serene {
namespace {

// Channels whose sums are on the stack at a time.
constexpr int64_t kChannels = 256;

void mean_of_rows(const float* x, int64_t stride, int64_t rows, int64_t channels, float* y) {
  double sums[kChannels];
  for (int64_t first = 0; first < channels; first += kChannels) {
    const int64_t count = std::min(kChannels, channels - first);
    std::fill_n(sums, count, 0.0);
    for (int64_t r = 0; r < rows; ++r) {
      const float* row = x + r * stride + first;
      for (int64_t i = 0; i < count; ++i) sums[i] += row[i];
    }
    for (int64_t i = 0; i < count; ++i)
      y[first + i] = static_cast<float>(sums[i] / static_cast<double>(rows));
  }
}

}  // namespace

void frame_pool_cpu(const FramePoolArgs& args, const Stream& stream) {
  constexpr int64_t kRows = 16;
  const int64_t rows = args.y.size(0);
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first_row = task * kRows;
    each_part(args.y_clips, first_row, std::min(kRows, rows - first_row),
              [&](int64_t clip, int64_t first, int64_t count) {
                for (int64_t i = first; i < first + count; ++i) {
                  const int64_t t = i * args.frames;
                  const int64_t frames = std::min(args.frames, args.x_clips.length(clip) - t);
                  mean_of_rows(args.x[args.x_clips.begin[clip] + t].data, args.x.stride[0], frames,
                               args.x.size(1), args.y[args.y_clips.begin[clip] + i].data);
                }
              });
  });
}

}  // namespace serene
