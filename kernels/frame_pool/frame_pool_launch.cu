#include "kernels/common/back_ends.h"
#include "kernels/frame_pool/frame_pool.h"
#include "kernels/frame_pool/frame_pool_kernel.cuh"

namespace serene {
namespace {

void frame_pool_launch(const FramePoolArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  FramePoolKernelArgs all{};
  all.x = args.x.data;
  all.y = args.y.data;
  all.x_stride = args.x.stride[0];
  all.y_stride = args.y.stride[0];
  all.rows = args.y.size(0);
  all.frames = args.frames;
  all.clips = args.y_clips.clips;
  all.x_begin = args.x_clips.on_device();
  all.y_begin = args.y_clips.on_device();
  all.channels = static_cast<int>(args.y.size(1));
  const gpu::RowGrid rows = gpu::row_grid(1, all.rows, args.y.size(1));
  gpu::launch(frame_pool_kernel, rows.grid, rows.block, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &frame_pool_launch);

}  // namespace
}  // namespace serene
