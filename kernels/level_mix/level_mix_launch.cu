#include "kernels/common/back_ends.h"
#include "kernels/level_mix/level_mix.h"
#include "kernels/level_mix/level_mix_kernel.cuh"

namespace serene {
namespace {

void level_mix_launch(const LevelMixArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  LevelMixKernelArgs all{};
  all.x = args.x.data;
  all.e = args.e.data;
  all.level = args.level.data;
  all.segments = args.segments.on_device();
  all.y = args.y.data;
  all.level_stride = args.level.stride[0];
  all.length = args.e.size(1);
  const gpu::RaggedTiles tiles = gpu::ragged_tiles(args.clips, all.kTile);
  gpu::launch(level_mix_kernel, gpu::ragged_grid(args.clips, tiles), all.kThreads, 0, stream, all, tiles);
}

const bool registered = add_back_end(gpu::kDevice, &level_mix_launch);

}  // namespace
}  // namespace serene
