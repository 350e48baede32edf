#include "kernels/common/back_ends.h"
#include "kernels/cut_segments/cut_segments.h"
#include "kernels/cut_segments/cut_segments_kernel.cuh"

namespace serene {
namespace {

void cut_segments_launch(const CutSegmentsArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  CutSegmentsKernelArgs all{};
  all.x = args.x.data;
  all.clips = args.clips.on_device();
  all.segments = args.segments.on_device();
  all.y = args.y.data;
  all.count = args.clips.clips;
  all.length = args.y.size(1);
  all.pieces = segments_of(all.length, all.kPiece);
  gpu::launch(cut_segments_kernel, gpu::line_grid(args.y.size(0) * all.pieces), all.kThreads, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &cut_segments_launch);

}  // namespace
}  // namespace serene
