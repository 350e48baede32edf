#include "kernels/level_mix/level_mix.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"
#include "kernels/cut_segments/cut_segments.h"

namespace serene {

Work level_mix_work(const LevelMixArgs& args) {
  // Of the segments, the samples that are the clips' own.
  return {3 * bytes_of(args.x) + bytes_of(args.level), 3 * static_cast<double>(args.x.numel())};
}

void level_mix(const LevelMixArgs& args, const Stream& stream) {
  const char* op = "level_mix";
  check_shape(op, "x", args.x, {-1});
  check_contiguous(op, "x", args.x);
  check_shape(op, "e", args.e, {-1, -1});
  check_contiguous(op, "e", args.e);
  check_segments(op, args.clips, args.segments, args.x.size(0), args.e.shape);
  check_shape(op, "level", args.level, {args.clips.clips, 1});
  check_rows(op, "level", args.level);
  check_shape(op, "y", args.y, args.x.shape);
  check_contiguous(op, "y", args.y);
  const ObserverScope observed(stream, op, level_mix_work, args);
  switch (stream.device) {
    case Device::cpu:
      return level_mix_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
