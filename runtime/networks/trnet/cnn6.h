// The authors' published encoder: deltas, batch norm over mels, four blocks of 5x5 convolution and max-pool,
// attention pooling per channel.
#pragma once

#include <array>

#include "kernels/common/packed_matrix.h"
#include "runtime/networks/trnet/ser_encoder.h"

namespace serene::runtime {

class Cnn6 : public SerEncoder {
 public:
  explicit Cnn6(const WeightReader& ser);
  int64_t minimum_frames() const override { return 16; }
  void forward(const Pass& pass, const View<const float, 3>& features,
               const View<float, 2>& embedding) const override;

 private:
  struct Block {
    PackedMatrix weight;  // batch norm folded in
    Vector bias;
  };
  Vector mel_scale_, mel_shift_;  // batch norm over mels
  std::array<Block, 4> blocks_;
  PackedMatrix attention_, value_;
  Vector attention_bias_, value_bias_;
};

}  // namespace serene::runtime
