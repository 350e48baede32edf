// Matrices as 8-bit integers with a scale a row, in the model file.
#pragma once

#include <string>
#include <vector>

#include "weights/stored_tensor.h"

namespace serene::weights {

// What the scales of a quantized tensor are called.
std::string scale_name(const std::string& tensor);

// A tensor (N, ...) as I8 of the same shape, and its scales (N) as F32: row n is q[n] scale[n], scale[n] the
// row's largest magnitude over 127, q rounded to nearest, ties to even. Values are finite. The names are
// those of the tensor and of its scales.
struct Quantized {
  Tensor values, scales;
};
Quantized quantized(const Tensor& tensor);

// Replaces each I8 tensor that has scales by what it says as F32, computed when it is read, and takes the
// scales away. A line for each that has none, or scales of another type or shape, or such that are negative
// or not finite; empty if all is well.
std::vector<std::string> expand_quantized(StoredTensors& tensors);

}  // namespace serene::weights
