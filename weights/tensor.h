// A named tensor of a file: contiguous, row-major, little-endian bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/dtype.h"

namespace serene::weights {

struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;    // empty: a scalar
  std::vector<std::byte> bytes;  // product(shape) * element_size(dtype)

  int64_t numel() const;
};

// By name.
using Tensors = std::map<std::string, Tensor>;

// The values as float32 (f64, f32, f16, bf16; integers too). Throws Error(model) for boolean.
std::vector<float> to_float(const Tensor& tensor);
// A float32 tensor from values.
Tensor from_float(std::string name, std::vector<int64_t> shape, std::span<const float> values);
// "[64, 3, 1, 1]"
std::string shape_text(std::span<const int64_t> shape);

}  // namespace serene::weights
