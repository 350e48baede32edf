#include "kernels/frame_pool/frame_pool.h"

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {

Work frame_pool_work(const FramePoolArgs& args) {
  return {bytes_of(args.x) + bytes_of(args.y), static_cast<double>(args.x.numel() + args.y.numel())};
}

void frame_pool(const FramePoolArgs& args, const Stream& stream) {
  const char* op = "frame_pool";
  check_shape(op, "x", args.x, {-1, -1});
  check_rows(op, "x", args.x);
  check_ragged(op, "x_clips", args.x_clips, args.x.size(0));
  if (args.frames < 1) bad_argument(op, "frames", std::to_string(args.frames), "1 or more");
  check_shape(op, "y", args.y, {-1, args.x.size(1)});
  check_rows(op, "y", args.y);
  check_ragged(op, "y_clips", args.y_clips, args.y.size(0));
  if (args.y_clips.clips != args.x_clips.clips) {
    bad_argument(op, "y_clips", std::to_string(args.y_clips.clips) + " clips",
                 std::to_string(args.x_clips.clips));
  }
  for (int64_t b = 0; b < args.y_clips.clips; ++b) {
    const int64_t wanted = frame_pool_length(args.x_clips.length(b), args.frames);
    if (args.y_clips.length(b) != wanted) {
      bad_argument(op, "y_clips",
                   std::to_string(args.y_clips.length(b)) + " rows in clip " + std::to_string(b),
                   std::to_string(wanted));
    }
  }
  const ObserverScope observed(stream, op, frame_pool_work, args);
  switch (stream.device) {
    case Device::cpu:
      return frame_pool_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
