// Kaldi's log mel filter bank, without dither and without padding at the edges.
//
// Per frame of 25 ms every 10 ms, on x * 32768: mean removed, pre-emphasis 0.97 (first sample against
// itself), symmetric Hamming window, power spectrum of 512 points, 80 triangles linear in mel = 1127 ln(1 + f
// / 700) from 0 to 8000 Hz, natural logarithm floored at float epsilon. Workspace: fbank_workspace.
#pragma once

#include <vector>

#include "kernels/common/fft.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

// Window, filters and transform, made once.
class MelBank {
 public:
  static constexpr int64_t kFrame = 400, kHop = 160, kFft = 512, kMels = 80;

  MelBank();

  // Frames of a clip of n samples: 1 + (n - 400) / 160, 0 for a shorter one.
  static int64_t frames(int64_t n) { return n < kFrame ? 0 : 1 + (n - kFrame) / kHop; }

  struct Filter {
    int64_t first = 0;            // first bin with a weight
    std::vector<double> weights;  // from there on
  };
  const std::vector<double>& window() const { return window_; }
  const std::vector<Filter>& filters() const { return filters_; }
  const RealFft& fft() const { return fft_; }

 private:
  RealFft fft_;
  std::vector<double> window_;   // (400)
  std::vector<Filter> filters_;  // (80)
};

struct FbankArgs {
  View<const float, 2> x;  // (B, N) in [-1, 1], 16 kHz
  const MelBank* bank = nullptr;
  View<float, 3> y;  // (B, MelBank::frames(N), 80)
  Workspace workspace;
};

size_t fbank_workspace(const MelBank& bank, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit.
void fbank(const FbankArgs& args, const Stream& stream);

Work fbank_work(const FbankArgs& args);

void fbank_cpu(const FbankArgs& args, const Stream& stream);

}  // namespace serene
