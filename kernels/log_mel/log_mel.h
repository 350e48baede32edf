// Whisper's log mel spectrogram, of clips of different lengths (arXiv 2212.04356).
//
// A clip is filled up with zeros, or cut, to 160 samples a frame of y, and mirrored by 200 samples at both
// ends; frames of 400 samples every 160, periodic Hann window, power spectrum of 201 bins, triangles, then
//
//   l = log10(max(mel, 1e-10)); l = max(l, max over the clip of l - 8); y = (l + 4) / 4
//
// Workspace: log_mel_workspace.
#pragma once

#include <vector>

#include "kernels/common/fft.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

// Window, triangles and transform, made once. Triangle m rises from point m to m + 1 and falls to m + 2;
// points are equally spaced from 0 to 8000 Hz in Slaney's mel, which is linear below 1 kHz and logarithmic
// above.
class SlaneyBank {
 public:
  static constexpr int64_t kFrame = 400, kHop = 160, kBins = 201, kMostMels = 128;
  static constexpr double kFloor = 1e-10;

  // Throws Error(invalid_argument) unless mels is 1 to 128.
  explicit SlaneyBank(int64_t mels);

  // Frames of a clip of n samples that is filled up to whole steps of the encoder, two frames each.
  static int64_t own_frames(int64_t n) { return (n + 2 * kHop - 1) / (2 * kHop) * 2; }

  int64_t mels() const { return static_cast<int64_t>(scales_.size()); }
  const RealFft& fft() const { return fft_; }
  const std::vector<double>& window() const { return window_; }  // (400)
  // (mels + 2): the first bin at or above each point.
  const std::vector<int64_t>& first() const { return first_; }
  // (201): of a bin between two points, its weight in the triangle that rises there; the one that falls has
  // the rest of 1.
  const std::vector<double>& rising() const { return rising_; }
  // (mels): makes a triangle's area 1.
  const std::vector<double>& scales() const { return scales_; }

 private:
  RealFft fft_;
  std::vector<double> window_, rising_, scales_;
  std::vector<int64_t> first_;
};

struct LogMelArgs {
  View<const float, 1> x;  // (N) samples of all clips, 16 kHz
  Ragged samples;          // where each clip's are in x
  const SlaneyBank* bank = nullptr;
  Ragged frames;     // where each clip's rows are in y: none, or two and more
  View<float, 2> y;  // (R, mels)
  Workspace workspace;
};

size_t log_mel_workspace(int64_t rows, const SlaneyBank& bank, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit and on a clip with a single frame, which has too
// few samples to mirror.
void log_mel(const LogMelArgs& args, const Stream& stream);

Work log_mel_work(const LogMelArgs& args);

void log_mel_cpu(const LogMelArgs& args, const Stream& stream);

}  // namespace serene
