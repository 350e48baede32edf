#include "kernels/log_mel/log_mel.h"

#include <cmath>
#include <numbers>

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {
namespace {

constexpr double kLinearMels = 15;  // of 1 kHz

double hertz_of(double mel) {
  if (mel < kLinearMels) return 200.0 * mel / 3.0;
  return 1000.0 * std::exp(std::log(6.4) / 27.0 * (mel - kLinearMels));
}

}  // namespace

SlaneyBank::SlaneyBank(int64_t mels) : fft_(kFrame), window_(kFrame), rising_(kBins) {
  check_that(mels >= 1 && mels <= kMostMels, "log_mel", "mels", "1 to 128");
  for (int64_t i = 0; i < kFrame; ++i)
    window_[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / kFrame);
  const double top = kLinearMels + 27.0 * std::log(8.0) / std::log(6.4);
  std::vector<double> points(mels + 2);
  for (int64_t i = 0; i < mels + 2; ++i)
    points[i] = hertz_of(top * static_cast<double>(i) / static_cast<double>(mels + 1));
  points.back() = 8000.0;
  constexpr double kBinWidth = 16000.0 / kFrame;
  for (double point : points) first_.push_back(static_cast<int64_t>(std::ceil(point / kBinWidth)));
  for (int64_t i = 0; i <= mels; ++i) {
    for (int64_t k = first_[i]; k < first_[i + 1]; ++k)
      rising_[k] = (kBinWidth * static_cast<double>(k) - points[i]) / (points[i + 1] - points[i]);
  }
  for (int64_t m = 0; m < mels; ++m) scales_.push_back(2.0 / (points[m + 2] - points[m]));
}

Work log_mel_work(const LogMelArgs& args) {
  const double rows = static_cast<double>(args.y.size(0)), mels = static_cast<double>(args.y.size(1));
  // A window; a bin: power 3, a share of two triangles; a mel: scale, logarithm, floors, sum, quotient.
  const double frame = SlaneyBank::kFrame + fft_flop(SlaneyBank::kFrame) + 7.0 * SlaneyBank::kBins + 6 * mels;
  return {bytes_of(args.x) + bytes_of(args.y), rows * frame};
}

void log_mel(const LogMelArgs& args, const Stream& stream) {
  const char* op = "log_mel";
  check_that(args.bank != nullptr, op, "bank", "a mel bank");
  check_rows(op, "x", args.x);
  check_ragged(op, "samples", args.samples, args.x.size(0));
  check_shape(op, "y", args.y, {-1, args.bank->mels()});
  check_rows(op, "y", args.y);
  check_ragged(op, "frames", args.frames, args.y.size(0));
  if (args.frames.clips != args.samples.clips) {
    bad_argument(op, "frames", std::to_string(args.frames.clips) + " clips",
                 std::to_string(args.samples.clips));
  }
  for (int64_t b = 0; b < args.frames.clips; ++b) {
    if (args.frames.length(b) == 1)
      bad_argument(op, "frames", "a single frame of clip " + std::to_string(b), "none, or two and more");
  }
  check_workspace(op, args.workspace, log_mel_workspace(args.y.size(0), *args.bank, stream));
  const ObserverScope observed(stream, op, log_mel_work, args);
  switch (stream.device) {
    case Device::cpu:
      return log_mel_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
