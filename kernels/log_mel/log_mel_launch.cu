#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/log_mel/log_mel.h"
#include "kernels/log_mel/log_mel_kernel.cuh"

namespace serene {
namespace {

static_assert(kLogMelFrame == SlaneyBank::kFrame && kLogMelBins == SlaneyBank::kBins &&
              kLogMelMost == SlaneyBank::kMostMels);

LogMelTriangles triangles_of(const SlaneyBank& bank) {
  LogMelTriangles triangles{};
  std::copy_n(bank.rising().begin(), kLogMelBins, triangles.rising);
  std::copy_n(bank.scales().begin(), bank.mels(), triangles.scales);
  for (int64_t i = 0; i < bank.mels() + 2; ++i)
    triangles.first[i] = static_cast<unsigned short>(bank.first()[i]);
  return triangles;
}

void log_mel_launch(const LogMelArgs& args, const Stream& stream) {
  if (args.y.size(0) == 0) return;
  auto* const tops = reinterpret_cast<float*>(args.workspace.data());
  LogMelKernelArgs first{};
  first.x = args.x.data;
  first.samples = args.samples.on_device();
  first.frames = args.frames.on_device();
  first.clips = args.frames.clips;
  first.rows = args.y.size(0);
  first.y = args.y.data;
  first.tops = tops;
  first.y_stride = args.y.stride[0];
  first.mels = static_cast<int>(args.bank->mels());
  first.plan = gpu::real_fft_plan("log_mel", kLogMelFrame);
  first.triangles = triangles_of(*args.bank);
  gpu::launch(log_mel_kernel, gpu::real_fft_grid(first.rows, kLogMelRows), dim3(kLogMelLanes, kLogMelRows), 0,
              stream, first);
  LogMelFloorArgs second{};
  second.frames = gpu::ragged_tiles(args.frames, kLogMelTile);
  second.tops = tops;
  second.y = args.y.data;
  second.y_stride = args.y.stride[0];
  second.mels = first.mels;
  gpu::launch(log_mel_floor_kernel, gpu::ragged_grid(args.frames, second.frames), kLogMelThreads, 0, stream,
              second);
}

const bool registered = add_back_end(gpu::kDevice, &log_mel_launch);

}  // namespace
}  // namespace serene
