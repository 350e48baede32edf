#include "kernels/common/back_ends.h"
#include "kernels/deltas/deltas.h"
#include "kernels/deltas/deltas_kernel.cuh"

namespace serene {
namespace {

void deltas_launch(const DeltasArgs& args, const Stream& stream) {
  constexpr unsigned kThreads = 256;
  const int64_t batch = args.x.size(0), frames = args.x.size(1), mels = args.x.size(2);
  if (args.x.numel() == 0) return;
  DeltasKernelArgs part;
  part.x = args.x.data;
  part.y = args.y.data;
  for (int i = 0; i < 2; ++i) part.x_stride[i] = args.x.stride[i];
  for (int i = 0; i < 3; ++i) part.y_stride[i] = args.y.stride[i];
  part.frames = frames;
  part.frame_pieces = (frames + part.kFrames - 1) / part.kFrames;
  part.mel_pieces = (mels + part.kMels - 1) / part.kMels;
  part.mels = static_cast<int>(mels);
  gpu::launch(deltas_kernel, gpu::line_grid(batch * part.frame_pieces * part.mel_pieces), kThreads, 0, stream,
              part);
}

const bool registered = add_back_end(gpu::kDevice, &deltas_launch);

}  // namespace
}  // namespace serene
