#include "kernels/fbank/fbank.h"

#include <cmath>
#include <numbers>

#include "kernels/common/back_ends.h"
#include "kernels/common/checks.h"
#include "kernels/common/observer.h"

namespace serene {
namespace {

double mel(double hertz) { return 1127.0 * std::log(1.0 + hertz / 700.0); }

}  // namespace

MelBank::MelBank() : fft_(kFft), window_(kFrame), filters_(kMels) {
  for (int64_t i = 0; i < kFrame; ++i) {
    window_[i] = 0.54 - 0.46 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / (kFrame - 1));
  }
  const double bin_width = 16000.0 / kFft, top = mel(8000.0);
  const double step = top / (kMels + 1);
  for (int64_t m = 0; m < kMels; ++m) {
    const double left = step * static_cast<double>(m), centre = left + step, right = centre + step;
    Filter& filter = filters_[m];
    for (int64_t bin = 0; bin < kFft / 2; ++bin) {  // Kaldi leaves the Nyquist bin out
      const double at = mel(bin_width * static_cast<double>(bin));
      if (at <= left || at >= right) continue;
      if (filter.weights.empty()) filter.first = bin;
      filter.weights.push_back(at <= centre ? (at - left) / step : (right - at) / step);
    }
  }
}

size_t fbank_workspace(const MelBank& bank, const Stream& stream) {
  // Shared memory on a GPU.
  if (stream.device != Device::cpu) return 0;
  const int64_t doubles = MelBank::kFft + 2 * bank.fft().bins() + bank.fft().scratch_size();
  return static_cast<size_t>(stream.pool->size() * doubles) * sizeof(double);
}

Work fbank_work(const FbankArgs& args) {
  const double frames = static_cast<double>(args.y.size(0) * args.y.size(1));
  // A sample: scale, mean 2, pre-emphasis 2, window. A bin: power 3, a share of two filters.
  const double frame = 6.0 * MelBank::kFrame + fft_flop(MelBank::kFft) +
                       7.0 * static_cast<double>(args.bank->fft().bins()) + MelBank::kMels;
  return {bytes_of(args.x) + bytes_of(args.y), frames * frame};
}

void fbank(const FbankArgs& args, const Stream& stream) {
  const char* op = "fbank";
  check_that(args.bank != nullptr, op, "bank", "a mel bank");
  check_rows(op, "x", args.x);
  check_shape(op, "y", args.y, {args.x.size(0), MelBank::frames(args.x.size(1)), MelBank::kMels});
  check_rows(op, "y", args.y);
  check_workspace(op, args.workspace, fbank_workspace(*args.bank, stream));
  const ObserverScope observed(stream, op, fbank_work, args);
  switch (stream.device) {
    case Device::cpu:
      return fbank_cpu(args, stream);
    default:
      return run_back_end(op, args, stream);
  }
}

}  // namespace serene
