// The STFT, and cufftExecR2C on frames that were cut and windowed beforehand: the vendor's side does less.
#include <cufft.h>

#include "bench/vendor/gpu_bench.h"
#include "kernels/stft/stft.h"

namespace serene::bench {
namespace {

void check(cufftResult status) {
  if (status != CUFFT_SUCCESS)
    throw Error(ErrorKind::device, "cufft: status " + std::to_string(static_cast<int>(status)));
}

}  // namespace

std::vector<Comparison> against_cufft(int64_t batch, cudaStream_t stream) {
  constexpr int64_t kFft = 400, kHop = 100, kBins = kFft / 2 + 1, kSamples = 80000,
                    kFrames = kSamples / kHop + 1;
  const std::vector<float> samples = random_values(batch * kSamples, 1);
  std::vector<double> hamming(kFft);
  for (int64_t i = 0; i < kFft; ++i)
    hamming[i] = 0.54 - 0.46 * std::cos(2 * M_PI * static_cast<double>(i) / kFft);
  std::vector<float> windowed(static_cast<size_t>(batch * kFrames * kFft));
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t t = 0; t < kFrames; ++t) {
      for (int64_t i = 0; i < kFft; ++i) {
        int64_t at = std::abs(t * kHop + i - kFft / 2);
        if (at >= kSamples) at = 2 * (kSamples - 1) - at;
        windowed[(b * kFrames + t) * kFft + i] = static_cast<float>(hamming[i] * samples[b * kSamples + at]);
      }
    }
  }
  const Array<float> x(samples), frames(windowed), own(batch * kFrames * kBins * 2), vendor(own.count());
  const Array<double> window(hamming);
  const RealFft fft(kFft);
  StftArgs args;
  args.x = make_view<2, const float>(x.data(), {batch, kSamples});
  args.window = make_view<1, const double>(window.data(), {kFft});
  args.fft = &fft;
  args.hop = kHop;
  args.y = make_view<4>(own.data(), {batch, kFrames, kBins, 2});
  const Stream on{Device::cuda, nullptr, stream};
  const Array<std::byte> workspace(static_cast<int64_t>(stft_workspace(fft, on)) + 1);
  args.workspace = {workspace.data(), static_cast<size_t>(workspace.count())};

  cufftHandle plan = 0;
  check(cufftPlan1d(&plan, kFft, CUFFT_R2C, static_cast<int>(batch * kFrames)));
  check(cufftSetStream(plan, stream));
  Comparison result{"stft", std::to_string(batch * kFrames) + " frames of 400", "cuFFT"};
  result.own_ms = median_ms(stream, [&] { stft(args, on); });
  result.vendor_ms = median_ms(stream, [&] {
    check(cufftExecR2C(plan, frames.data(), reinterpret_cast<cufftComplex*>(vendor.data())));
  });
  result.worst = worst_difference(own, vendor);
  check(cufftDestroy(plan));
  return {result};
}

}  // namespace serene::bench
