#include <algorithm>

#include "kernels/common/back_ends.h"
#include "kernels/fbank/fbank.h"
#include "kernels/fbank/fbank_kernel.cuh"

namespace serene {
namespace {

static_assert(kFbankFrame == MelBank::kFrame && kFbankFft == MelBank::kFft && kFbankMels == MelBank::kMels);

FbankFilters filters_of(const MelBank& bank) {
  FbankFilters filters{};
  std::copy_n(bank.window().begin(), kFbankFrame / 2, filters.half_window);
  const auto end = [&](int m) {
    const MelBank::Filter& filter = bank.filters()[m];
    return filter.first + static_cast<int64_t>(filter.weights.size());
  };
  for (int m = 0; m < kFbankMels; ++m)
    filters.first[m] = static_cast<unsigned short>(bank.filters()[m].first);
  filters.first[kFbankMels] = static_cast<unsigned short>(end(kFbankMels - 2));
  filters.first[kFbankMels + 1] = static_cast<unsigned short>(end(kFbankMels - 1));
  for (int m = 0; m <= kFbankMels; ++m) {
    // No filter rises after the centre of the last one: what is left of it.
    const MelBank::Filter& filter = bank.filters()[std::min(m, kFbankMels - 1)];
    for (int k = filters.first[m]; k < filters.first[m + 1]; ++k) {
      const double weight = filter.weights[k - filter.first];
      filters.rising[k] = m < kFbankMels ? weight : 1 - weight;
    }
  }
  return filters;
}

void fbank_launch(const FbankArgs& args, const Stream& stream) {
  if (args.y.numel() == 0) return;
  FbankKernelArgs kernel;
  kernel.x = args.x.data;
  kernel.y = args.y.data;
  kernel.x_stride = args.x.stride[0];
  kernel.y_batch = args.y.stride[0];
  kernel.y_frame = args.y.stride[1];
  kernel.frames = args.y.size(1);
  kernel.hop = MelBank::kHop;
  kernel.all_frames = args.y.size(0) * args.y.size(1);
  kernel.plan = gpu::real_fft_plan("fbank", MelBank::kFft);
  kernel.filters = filters_of(*args.bank);
  gpu::launch(fbank_kernel, gpu::real_fft_grid(kernel.all_frames, kFbankRows), dim3(kFbankLanes, kFbankRows),
              0, stream, kernel);
}

const bool registered = add_back_end(gpu::kDevice, &fbank_launch);

}  // namespace
}  // namespace serene
