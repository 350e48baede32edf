// The convolutional encoders of TRNet's recogniser: features in, embedding out.
#pragma once

#include <memory>

#include "runtime/networks/common/weight_reader.h"
#include "runtime/networks/trnet/config.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

class SerEncoder {
 public:
  virtual ~SerEncoder() = default;
  // Fewest frames the encoder's pooling leaves something of.
  virtual int64_t minimum_frames() const = 0;
  // features (B, T, 80) -> embedding (B, E). Taps: tap.deltas, tap.backbone, tap.attention.
  virtual void forward(const Pass& pass, const View<const float, 3>& features,
                       const View<float, 2>& embedding) const = 0;
};

// From a recogniser's tensors.
std::unique_ptr<SerEncoder> make_ser_encoder(networks::TrnetEncoder kind, const WeightReader& ser);

// Taps of the convolutions of either encoder along time and frequency, and the border of their input.
inline constexpr int64_t kKernel = 5, kBorder = 2;

// A map with a border of zeros for the convolution that reads it.
struct BorderedMap {
  View<float, 4> whole, interior;
  // Takes (B, T + 2 border, F + 2 border, C) from the arena and zeroes the border.
  BorderedMap(const Pass& pass, int64_t batch, int64_t frames, int64_t bins, int64_t channels,
              int64_t border);
};

}  // namespace serene::runtime
