#include <algorithm>
#include <cmath>

#include "kernels/log_mel/log_mel.h"

namespace serene {
namespace {

constexpr int64_t kBins = SlaneyBank::kBins, kFrame = SlaneyBank::kFrame;
constexpr float kLog10Of2 = 0.301029996f;

int64_t doubles_a_worker(const SlaneyBank& bank) { return kFrame + 2 * kBins + bank.fft().scratch_size(); }

// A clip's samples, and what it is filled up or cut to.
struct Source {
  const float* x;
  int64_t samples, padded;

  // Of frame t, windowed; false where there is nothing but zeros.
  bool frame(int64_t t, const std::vector<double>& window, double* to) const {
    const int64_t start = t * SlaneyBank::kHop - kFrame / 2, last = 2 * (padded - 1) - (start + kFrame - 1);
    if (std::min(std::max<int64_t>(start, 0), last) >= samples) return false;
    if (start >= 0 && start + kFrame <= std::min(samples, padded)) {  // most frames
      for (int64_t i = 0; i < kFrame; ++i) to[i] = window[i] * x[start + i];
      return true;
    }
    for (int64_t i = 0; i < kFrame; ++i) {
      int64_t at = start + i;
      if (at < 0) at = -at;
      if (at >= padded) at = 2 * (padded - 1) - at;
      to[i] = at < samples ? window[i] * x[at] : 0.0;
    }
    return true;
  }
};

// Row of mels of one spectrum; their largest is the result.
float log_mels(const SlaneyBank& bank, std::complex<double>* spectrum, float* y) {
  double power[kBins];
  for (int64_t k = 0; k < kBins; ++k)
    power[k] = spectrum[k].real() * spectrum[k].real() + spectrum[k].imag() * spectrum[k].imag();
  const double* rising = bank.rising().data();
  const int64_t* first = bank.first().data();
  float largest = -100;
  for (int64_t m = 0; m < bank.mels(); ++m) {
    double energy = 0;
    for (int64_t k = first[m]; k < first[m + 1]; ++k) energy += rising[k] * power[k];
    for (int64_t k = first[m + 1]; k < first[m + 2]; ++k) energy += (1 - rising[k]) * power[k];
    // Of a float, the logarithm takes a fifth of the time that it takes of a double.
    const auto bounded = static_cast<float>(std::max(energy * bank.scales()[m], SlaneyBank::kFloor));
    y[m] = std::log2(bounded) * kLog10Of2;
    largest = std::max(largest, y[m]);
  }
  return largest;
}

}  // namespace

size_t log_mel_workspace(int64_t rows, const SlaneyBank& bank, const Stream& stream) {
  // The largest of each row.
  const size_t tops = static_cast<size_t>(rows) * sizeof(float);
  if (stream.device != Device::cpu) return tops;
  return static_cast<size_t>(stream.pool->size() * doubles_a_worker(bank)) * sizeof(double) + tops;
}

void log_mel_cpu(const LogMelArgs& args, const Stream& stream) {
  const SlaneyBank& bank = *args.bank;
  const int64_t rows = args.y.size(0), mels = bank.mels(), doubles = doubles_a_worker(bank);
  auto* scratch = reinterpret_cast<double*>(args.workspace.data());
  auto* tops = reinterpret_cast<float*>(scratch + stream.pool->size() * doubles);  // (R)
  constexpr int64_t kRows = 16, kFloorRows = 256;
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int worker) {
    double* frame = scratch + worker * doubles;
    auto* spectrum = reinterpret_cast<std::complex<double>*>(frame + kFrame);
    each_part(args.frames, task * kRows, std::min(kRows, rows - task * kRows),
              [&](int64_t clip, int64_t first, int64_t count) {
                const Source source{args.x.data + args.samples.begin[clip], args.samples.length(clip),
                                    args.frames.length(clip) * SlaneyBank::kHop};
                for (int64_t t = first; t < first + count; ++t) {
                  const int64_t row = args.frames.begin[clip] + t;
                  float* y = args.y.data + row * args.y.stride[0];
                  if (source.frame(t, bank.window(), frame)) {
                    bank.fft().forward(frame, spectrum, frame + kFrame + 2 * kBins);
                    tops[row] = log_mels(bank, spectrum, y);
                  } else {
                    std::fill_n(y, mels, -10.0f);
                    tops[row] = -10.0f;
                  }
                }
              });
  });
  stream.pool->parallel_for((rows + kFloorRows - 1) / kFloorRows, [&](int64_t task, int) {
    const int64_t row = task * kFloorRows;
    each_part(args.frames, row, std::min(kFloorRows, rows - row),
              [&](int64_t clip, int64_t first, int64_t count) {
                const float* of_clip = tops + args.frames.begin[clip];
                const float floor = *std::max_element(of_clip, of_clip + args.frames.length(clip)) - 8.0f;
                for (int64_t t = first; t < first + count; ++t) {
                  float* y = args.y.data + (args.frames.begin[clip] + t) * args.y.stride[0];
                  for (int64_t m = 0; m < mels; ++m) y[m] = (std::max(y[m], floor) + 4.0f) / 4.0f;
                }
              });
  });
}

}  // namespace serene
