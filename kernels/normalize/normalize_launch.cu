#include "kernels/common/back_ends.h"
#include "kernels/normalize/normalize.h"
#include "kernels/normalize/normalize_kernel.cuh"

namespace serene {
namespace {

static_assert(kNormalizeWarps == 32);

void normalize_launch(const NormalizeArgs& args, const Stream& stream) {
  if (args.x.numel() == 0) return;
  const NormalizeKernelArgs all{args.x.data, args.y.data, args.clips.on_device(), args.eps};
  gpu::launch(normalize_kernel, gpu::line_grid(args.clips.clips), kNormalizeThreads, 0, stream, all);
}

const bool registered = add_back_end(gpu::kDevice, &normalize_launch);

}  // namespace
}  // namespace serene
