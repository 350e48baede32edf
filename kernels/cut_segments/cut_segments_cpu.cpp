#include <algorithm>

#include "kernels/cut_segments/cut_segments.h"

namespace serene {

void cut_segments_cpu(const CutSegmentsArgs& args, const Stream& stream) {
  const int64_t length = args.y.size(1);
  stream.pool->parallel_for(args.y.size(0), [&](int64_t row, int) {
    const int64_t clip = args.segments.clip_of(row);
    const int64_t first = (row - args.segments.begin[clip]) * length;
    const int64_t count = std::min(length, args.clips.length(clip) - first);
    float* y = args.y[row].data;
    std::fill(std::copy_n(args.x.data + args.clips.begin[clip] + first, count, y), y + length, 0.0f);
  });
}

}  // namespace serene
