// Inverse of stft: windowed frames overlap and add up, divided by the sum of the squared windows.
//
//   y[n] = sum_t window[n'] frame_t[n'] / (gain sum_t window[n']^2),  n' = n + n_fft/2 - hop t
//
// Frames beyond the clip's end are left out, as is what lies beyond N. Workspace: istft_workspace.
#pragma once

#include "kernels/common/fft.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct IstftArgs {
  View<const float, 4> x;        // (B, T, F, 2)
  View<const double, 1> window;  // (n_fft)
  const RealFft* fft = nullptr;  // of n_fft
  int64_t hop = 0;
  View<const float, 1> gain;  // (B) what the clip's level was multiplied by
  View<float, 2> y;           // (B, N), N <= hop (T - 1)
  Workspace workspace;
};

size_t istft_workspace(int64_t batch, int64_t frames, const RealFft& fft, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a GPU for an n_fft above
// 4096.
void istft(const IstftArgs& args, const Stream& stream);

Work istft_work(const IstftArgs& args);

void istft_cpu(const IstftArgs& args, const Stream& stream);

}  // namespace serene
