// Weights in fewer bytes.
#pragma once

#include <string>

#include "weights/stored_tensor.h"

namespace serene::converter {

// The tensor as bf16 or f16, rounded to nearest, ties to even. Throws Error(model) "<file>: <tensor>: <count>
// of <count> values are too large for <dtype>" where rounding would make a finite value infinite.
weights::Tensor narrowed(const weights::Tensor& tensor, weights::DType dtype, const std::string& file);

// Matrices and convolutions of a part likewise, or as i8 with scales (weights/quantized.h), when they are
// read; vectors stay as they are. Reading throws Error(model) where a value is not finite and i8 is wanted,
// too.
weights::StoredTensors narrowed(const weights::StoredTensors& tensors, weights::DType dtype,
                                const std::string& file);

}  // namespace serene::converter
