// Whisper's encoder (arXiv 2212.04356): log mel, two convolutions, positions, transformer blocks with their
// norms before attention and feed-forward part.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "kernels/log_mel/log_mel.h"
#include "runtime/networks/common/dense.h"
#include "runtime/networks/common/network.h"
#include "runtime/networks/whisper_encoder/config.h"

namespace serene::runtime {

class WhisperEncoder : public Encoder {
 public:
  WhisperEncoder(const networks::WhisperEncoderConfig& config, const WeightReader& weights);

  int64_t width() const override { return channels_; }
  int64_t last_state() const override { return std::ssize(blocks_); }
  int64_t minimum_samples() const override { return 1; }
  // As many as the table of positions has frames for.
  int64_t maximum_samples() const override { return positions_ * kFrameSamples; }
  int64_t frames(int64_t samples) const override { return SlaneyBank::own_frames(samples) / 2; }
  void forward(const Pass& pass, const Waveforms& clips, const Ragged& frames,
               const TakeState& take) const override;

  // Alone: `pcm` (B, N) gives `encoder` (B T, H), the last state. Of a file with <i>.in.pcm and
  // <i>.out.encoder.
  std::map<std::string, std::vector<int64_t>> result_shapes(const ValuesByName& inputs) const override;
  void run_alone(const Pass& pass, const Ports& inputs, const Ports& results) const override;
  std::vector<ReferenceRun> reference_runs(const weights::TensorFile& file) const override;

 private:
  static constexpr int64_t kFrameSamples = 320;

  struct Conv {
    PackedMatrix weight;
    Vector bias;
  };
  struct Block {
    Norm attention_norm;
    Dense qkv, out;
    Norm inner_norm;
    Dense up, down;
  };

  static Dense query_key_value(const WeightReader& attention, int64_t channels);

  // x (R, H): what enters the first block.
  void front(const Pass& pass, const Waveforms& clips, const Ragged& frames, const View<float, 2>& x) const;
  // Both parts of a block add to x.
  void attend(const Pass& pass, const Block& block, const Ragged& frames, const View<float, 2>& x) const;
  void feed_forward(const Pass& pass, const Block& block, const View<float, 2>& x) const;
  static void convolve(const Pass& pass, const Conv& conv, int64_t stride, const View<const float, 2>& x,
                       const Ragged& x_clips, const Ragged& y_clips, const View<float, 2>& y);

  int64_t channels_, heads_, positions_;
  SlaneyBank bank_;
  Conv conv1_, conv2_;
  Vector table_;  // (positions, H)
  std::vector<Block> blocks_;
  std::optional<Norm> last_norm_;  // where all blocks of the published network are there
};

std::unique_ptr<Network> make_whisper_encoder(const networks::NetworkConfig& config,
                                              const WeightReader& weights);

}  // namespace serene::runtime
