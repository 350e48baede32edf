// The paper's encoder (arXiv 2404.12979, 4.2): four residual blocks of 5x5 convolutions with stride 2,
// attention pooling after Mirsamadi et al. 2017. The paper leaves the inner layout open; weights/FORMAT.md
// says how it is read here.
#pragma once

#include <array>

#include "kernels/common/packed_matrix.h"
#include "runtime/networks/trnet/ser_encoder.h"

namespace serene::runtime {

class ResidualEncoder : public SerEncoder {
 public:
  explicit ResidualEncoder(const WeightReader& ser);
  int64_t minimum_frames() const override { return 1; }
  void forward(const Pass& pass, const View<const float, 3>& features,
               const View<float, 2>& embedding) const override;

 private:
  struct Block {
    PackedMatrix conv1, conv2, shortcut;  // batch norms folded in
    Vector bias1, bias2, shortcut_bias;
    Block() = default;
    explicit Block(const WeightReader& reader);
  };
  std::array<Block, 4> blocks_;
  Vector query_;  // u
};

}  // namespace serene::runtime
