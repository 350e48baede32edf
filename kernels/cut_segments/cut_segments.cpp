#include "kernels/cut_segments/cut_segments.h"

#include <string>

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work cut_segments_work(const CutSegmentsArgs& args) { return {bytes_of(args.x) + bytes_of(args.y), 0}; }

void check_segments(const char* op, const Ragged& clips, const Ragged& segments, int64_t samples,
                    const std::array<int64_t, 2>& shape) {
  check_ragged(op, "clips", clips, samples);
  check_ragged(op, "segments", segments, shape[0]);
  check_that(shape[1] >= 1, op, "segments", "at least one sample in each");
  check_that(segments.clips == clips.clips, op, "segments", "those of as many clips");
  for (int64_t b = 0; b < clips.clips; ++b) {
    const int64_t wanted = segments_of(clips.length(b), shape[1]);
    if (segments.length(b) == wanted) continue;
    bad_argument(op, "segments", std::to_string(segments.length(b)) + " of clip " + std::to_string(b),
                 std::to_string(wanted));
  }
}

void cut_segments(const CutSegmentsArgs& args, const Stream& stream) {
  const char* op = "cut_segments";
  check_shape(op, "x", args.x, {-1});
  check_contiguous(op, "x", args.x);
  check_shape(op, "y", args.y, {-1, -1});
  check_contiguous(op, "y", args.y);
  check_segments(op, args.clips, args.segments, args.x.size(0), args.y.shape);
  const ObserverScope observed(stream, op, cut_segments_work, args);
  switch (stream.device) {
    case Device::cpu:
      return cut_segments_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
