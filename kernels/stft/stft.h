// Short-time Fourier transform, centred: frame t is the window over samples hop t - n/2 .. hop t + n/2,
// mirrored at both ends without repeating the end sample (again and again where the clip is shorter than half
// a window).
//
//   y[t, k] = sum_n window[n] x[hop t + n - n_fft/2] exp(-2 pi i k n / n_fft)
//
// Not normalised. The first and the last bin of real samples are real: their imaginary parts are 0 here,
// whatever rounding leaves in a transform. Workspace: stft_workspace.
#pragma once

#include "kernels/common/fft.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct StftArgs {
  View<const float, 2> x;        // (B, N), N >= 1
  View<const double, 1> window;  // (n_fft)
  const RealFft* fft = nullptr;  // of n_fft
  int64_t hop = 0;
  View<float, 4> y;  // (B, T = N / hop + 1, F = n_fft / 2 + 1, 2), real and imaginary part
  Workspace workspace;
};

size_t stft_workspace(const RealFft& fft, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a GPU for an n_fft above
// 4096.
void stft(const StftArgs& args, const Stream& stream);

Work stft_work(const StftArgs& args);

void stft_cpu(const StftArgs& args, const Stream& stream);

}  // namespace serene
