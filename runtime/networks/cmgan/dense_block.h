// CMGAN's dilated dense block: four causal convolutions, each reading all that came before.
#pragma once

#include <array>

#include "kernels/common/packed_matrix.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/instance_norm/instance_norm.h"
#include "runtime/networks/common/weight_reader.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

// Instance norm and PReLU of one layer.
struct NormPrelu {
  Vector weight, bias, slope;
  // x (B, T, F, C) in place.
  void forward(const Pass& pass, const View<float, 4>& x) const;
  // The same of what the convolution writes to its y.
  void forward_after(const Pass& pass, Conv2dArgs convolution) const;

 private:
  InstanceNormArgs args_of(const Pass& pass, const View<float, 4>& x) const;
};

// The map all layers of a block share: channels [out_4, out_3, out_2, out_1, x], so that what a layer reads
// is always one run of channels, in the order of the published concatenation. Around it lie the zeros the
// convolutions read.
class DenseSlab {
 public:
  // Takes the slab from the arena and lays its border.
  DenseSlab(const Pass& pass, int64_t batch, int64_t frames, int64_t bins, int64_t channels);

  // (B, T, F, C) slices.
  View<float, 4> input() const { return slice(kDepth); }
  View<float, 4> output(int layer) const { return slice(kDepth - 1 - layer); }  // layer 0 to 3
  // out_4 with a column of zeros on either side, (B, T, F + 2, C).
  View<float, 4> last_bordered() const;

 private:
  friend class DenseBlock;
  static constexpr int kDepth = 4;
  static constexpr int64_t kHistory = 8;  // frames of zeros before the first: the largest dilation

  View<float, 4> slice(int64_t index) const;

  View<float, 4> map_;  // (B, 8 + T, 1 + F + 1, 5 C)
  int64_t channels_;
};

class DenseBlock {
 public:
  explicit DenseBlock(const WeightReader& reader);
  // From slab.input() to slab.output(3). `ends` is the precision of the first layer and the last.
  void forward(const Pass& pass, const DenseSlab& slab, Precision ends) const;

 private:
  struct Layer {
    PackedMatrix weight;
    Vector bias;
    NormPrelu norm;
  };
  std::array<Layer, 4> layers_;
};

}  // namespace serene::runtime
