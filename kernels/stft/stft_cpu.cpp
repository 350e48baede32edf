#include "kernels/stft/stft.h"

namespace serene {
namespace {

// Sample i of the clip mirrored at 0 and n - 1, as often as it takes.
int64_t mirror(int64_t i, int64_t n) {
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1);
  i %= period;
  if (i < 0) i += period;
  return i < n ? i : period - i;
}

}  // namespace

void stft_cpu(const StftArgs& args, const Stream& stream) {
  const int64_t n_fft = args.fft->n(), bins = args.fft->bins(), frames = args.y.size(1), n = args.x.size(1);
  const int64_t per_worker = n_fft + 2 * bins + args.fft->scratch_size();
  auto* scratch = reinterpret_cast<double*>(args.workspace.data());
  stream.pool->parallel_for(args.x.size(0) * frames, [&](int64_t task, int worker) {
    const int64_t b = task / frames, t = task % frames;
    double* frame = scratch + worker * per_worker;
    auto* spectrum = reinterpret_cast<std::complex<double>*>(frame + n_fft);
    const float* x = args.x[b].data;
    const int64_t start = t * args.hop - n_fft / 2;
    for (int64_t i = 0; i < n_fft; ++i) {
      const int64_t s = start + i;
      frame[i] = args.window.data[i] * x[s >= 0 && s < n ? s : mirror(s, n)];
    }
    args.fft->forward(frame, spectrum, frame + n_fft + 2 * bins);
    float* y = args.y.data + task * bins * 2;
    for (int64_t k = 0; k < bins; ++k) {
      y[2 * k] = static_cast<float>(spectrum[k].real());
      y[2 * k + 1] = static_cast<float>(spectrum[k].imag());
    }
    y[1] = y[2 * bins - 1] = 0.0f;
  });
}

}  // namespace serene
