#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/fbank/fbank.h"

namespace serene {

void fbank_cpu(const FbankArgs& args, const Stream& stream) {
  const MelBank& bank = *args.bank;
  const int64_t frames = args.y.size(1), bins = bank.fft().bins();
  const int64_t per_worker = MelBank::kFft + 2 * bins + bank.fft().scratch_size();
  constexpr double kFloor = std::numeric_limits<float>::epsilon();
  auto* scratch = reinterpret_cast<double*>(args.workspace.data());

  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int worker) {
    const int64_t b = task / frames, t = task % frames;
    double* frame = scratch + worker * per_worker;
    auto* spectrum = reinterpret_cast<std::complex<double>*>(frame + MelBank::kFft);
    const float* x = args.x[b].data + t * MelBank::kHop;
    double mean = 0;
    for (int64_t i = 0; i < MelBank::kFrame; ++i) {
      frame[i] = 32768.0 * x[i];
      mean += frame[i];
    }
    mean /= MelBank::kFrame;
    for (int64_t i = 0; i < MelBank::kFrame; ++i) frame[i] -= mean;
    for (int64_t i = MelBank::kFrame - 1; i > 0; --i)
      frame[i] = (frame[i] - 0.97 * frame[i - 1]) * bank.window()[i];
    frame[0] = (frame[0] - 0.97 * frame[0]) * bank.window()[0];
    std::fill(frame + MelBank::kFrame, frame + MelBank::kFft, 0.0);
    bank.fft().forward(frame, spectrum, frame + MelBank::kFft + 2 * bins);
    float* y = args.y[b][t].data;
    for (int64_t m = 0; m < MelBank::kMels; ++m) {
      const MelBank::Filter& filter = bank.filters()[m];
      double energy = 0;
      for (size_t i = 0; i < filter.weights.size(); ++i) {
        const std::complex<double> z = spectrum[filter.first + static_cast<int64_t>(i)];
        energy += filter.weights[i] * (z.real() * z.real() + z.imag() * z.imag());
      }
      y[m] = static_cast<float>(std::log(std::max(energy, kFloor)));
    }
  });
}

}  // namespace serene
