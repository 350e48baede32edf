// NRSER's detector of speech (arXiv 2309.01164): a level from the cosines, over time, of the spectra of a
// clip and of its enhanced self.
#pragma once

#include "kernels/common/fft.h"
#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/snr_level/config.h"

namespace serene::runtime {

class SnrLevel : public LevelEstimator {
 public:
  explicit SnrLevel(const WeightReader& weights);

  // Taps: similarity (201, 2), real and imaginary part of each bin, and snr.raw, the level before it is held
  // to [0, 1], of all clips. Cosines of silence are 0.
  void forward(const Pass& pass, const Waveforms& clips, const Segments& enhanced,
               const View<float, 2>& level) const override;

  // Alone: `pcm` and `enhanced` (N), N >= 1, give `level` (1).
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  // Of a file with in.snr.pcm and in.snr.enhanced.
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  // Spectrum (1, T, 201, 2) of a clip x (1, N) at mean square 1.
  View<float, 4> spectrum(const Pass& pass, const View<const float, 2>& x) const;
  // The cosines, s (1, 402), of one clip.
  void compare(const Pass& pass, const View<const float, 2>& x, const View<const float, 2>& e,
               const View<float, 2>& s) const;

  RealFft fft_;
  AlignedBuffer window_;  // (400) doubles
  Dense linear_;
};

std::unique_ptr<Network> make_snr_level(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
