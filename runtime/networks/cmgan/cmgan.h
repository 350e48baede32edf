// CMGAN, the speech enhancer (arXiv 2203.15149).
#pragma once

#include <memory>
#include <vector>

#include "kernels/common/fft.h"
#include "runtime/networks/cmgan/config.h"
#include "runtime/networks/cmgan/conformer.h"
#include "runtime/networks/cmgan/dense_block.h"
#include "runtime/networks/common/network.h"

namespace serene::runtime {

class Cmgan : public Enhancer {
 public:
  Cmgan(const networks::CmganConfig& config, const WeightReader& se);

  // pcm and enhanced (B, N), N >= 1, 16 kHz. Taps: spec.compressed, est.real, est.imag, tap.* as in
  // tests/golden/README.md.
  void forward(const Pass& pass, const View<const float, 2>& pcm,
               const View<float, 2>& enhanced) const override;

  // Alone: `pcm` (B, N) gives `enhanced`.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  // Of a file with in.pcm.
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  struct Conv {
    PackedMatrix weight;
    Vector bias;
  };
  struct Tscb {
    Conformer time, frequency;
  };
  // input (B, T, 201, 3) -> map (B, T, 101, C)
  void dense_encoder(const Pass& pass, const View<const float, 4>& input, const View<float, 4>& map) const;
  // The slab's input -> mask (B, T, 201, 1)
  void mask_decoder(const Pass& pass, const DenseSlab& slab, const View<float, 4>& mask) const;
  // The slab's input -> (B, T, 201, 2)
  void complex_decoder(const Pass& pass, const DenseSlab& slab, const View<float, 4>& complex) const;
  // Doubles the bins of the slab's last output: (B, T, 2 F, C). Channel r C + c of bin f is channel c of bin
  // 2 f + r, which channels-last is the same place in memory.
  View<float, 4> sub_pixel(const Pass& pass, const Conv& conv, const DenseSlab& slab) const;

  int64_t channels_;
  RealFft fft_;
  AlignedBuffer window_;  // (400) doubles

  Conv conv_1_, conv_2_;
  NormPrelu norm_1_, norm_2_;
  DenseBlock encoder_block_;
  std::vector<std::unique_ptr<Tscb>> tscbs_;

  DenseBlock mask_block_;
  Conv mask_sub_pixel_, mask_conv_, mask_final_;
  NormPrelu mask_norm_;
  Vector mask_slope_;  // one per bin

  DenseBlock complex_block_;
  Conv complex_sub_pixel_, complex_conv_;
  NormPrelu complex_norm_;
};

std::unique_ptr<Network> make_cmgan(const networks::NetworkConfig& config, const WeightReader& weights);

}  // namespace serene::runtime
