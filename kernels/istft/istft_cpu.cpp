#include <algorithm>

#include "kernels/istft/istft.h"

namespace serene {

void istft_cpu(const IstftArgs& args, const Stream& stream) {
  const int64_t n_fft = args.fft->n(), bins = args.fft->bins(), hop = args.hop;
  const int64_t batch = args.x.size(0), frames = args.x.size(1), n = args.y.size(1);
  auto* all = reinterpret_cast<double*>(args.workspace.data());  // (B, T, n_fft) windowed frames
  double* scratch = all + batch * frames * n_fft;
  const int64_t per_worker = 2 * bins + args.fft->scratch_size();
  const double* window = args.window.data;

  stream.pool->parallel_for(batch * frames, [&](int64_t task, int worker) {
    auto* spectrum = reinterpret_cast<std::complex<double>*>(scratch + worker * per_worker);
    const float* x = args.x.data + task * bins * 2;
    for (int64_t k = 0; k < bins; ++k) spectrum[k] = {x[2 * k], x[2 * k + 1]};
    double* frame = all + task * n_fft;
    args.fft->inverse(spectrum, frame, scratch + worker * per_worker + 2 * bins);
    for (int64_t i = 0; i < n_fft; ++i) frame[i] *= window[i];
  });

  // Each task gathers the frames that reach its samples, in order of time.
  const int64_t hops = (n + hop - 1) / hop;
  stream.pool->parallel_for(batch * hops, [&](int64_t task, int) {
    const int64_t b = task / hops, first = task % hops * hop;
    const double gain = args.gain.data[b * args.gain.stride[0]];
    float* y = args.y[b].data;
    for (int64_t s = first; s < std::min(first + hop, n); ++s) {
      const int64_t at = s + n_fft / 2;  // in the padded clip
      const int64_t last = std::min(at / hop, frames - 1);
      const int64_t begin = std::max<int64_t>(0, (at - n_fft + hop) / hop);
      double value = 0, weight = 0;
      for (int64_t t = begin; t <= last; ++t) {
        const int64_t i = at - t * hop;
        value += all[(b * frames + t) * n_fft + i];
        weight += window[i] * window[i];
      }
      y[s] = static_cast<float>(value / (weight * gain));
    }
  });
}

}  // namespace serene
