// A tensor of a file, read when its values are asked for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "weights/tensor.h"

namespace serene::weights {

struct StoredTensor {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::function<Tensor()> read;  // of that type and shape; throws Error(model)
};

// Of all its values. The shape is one that a reader has checked.
inline uint64_t bytes_of(const StoredTensor& tensor) {
  uint64_t bytes = element_size(tensor.dtype);
  for (const int64_t size : tensor.shape) bytes *= static_cast<uint64_t>(size);
  return bytes;
}

// By name.
using StoredTensors = std::map<std::string, StoredTensor>;

// One that is in memory.
inline StoredTensor stored(Tensor tensor) {
  const auto kept = std::make_shared<const Tensor>(std::move(tensor));
  return {kept->dtype, kept->shape, [kept] { return *kept; }};
}
inline StoredTensors stored(Tensors tensors) {
  StoredTensors all;
  for (auto& [name, tensor] : tensors) all.emplace(name, stored(std::move(tensor)));
  return all;
}

// All of them in memory.
inline Tensors loaded(const StoredTensors& tensors) {
  Tensors all;
  for (const auto& [name, tensor] : tensors) all.emplace(name, tensor.read());
  return all;
}

}  // namespace serene::weights
