// The bytes behind the tensors of a checkpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "converter/pickle_value.h"
#include "weights/tensor.h"

namespace serene::converter {

class Storages {
 public:
  virtual ~Storages() = default;
  // Exactly the storage's bytes. Throws Error(model) if there are none or not as many.
  virtual std::span<const std::byte> bytes(const StorageRef& storage) const = 0;
};

// A contiguous copy of a view, after checking that it lies in its storage and does not overlap itself. `file`
// begins error messages.
weights::Tensor materialise(const TensorRef& tensor_ref, const Storages& storages, const std::string& name,
                            const std::string& file);

}  // namespace serene::converter
