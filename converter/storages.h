// The bytes of a checkpoint's tensors: each tensor is a view of a storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "converter/pickle_value.h"
#include "weights/stored_tensor.h"

namespace serene::converter {

// The bytes that several tensors may look into. They are read when they are asked for; all of it throws
// Error(model).
class Storage {
 public:
  virtual ~Storage() = default;
  virtual std::vector<std::byte> read_all() const = 0;
  // A part, which is within the storage.
  virtual void read(uint64_t offset, std::span<std::byte> to) const = 0;
};

class Storages {
 public:
  virtual ~Storages() = default;
  // The storage, which has exactly the bytes that the pickle says. Throws Error(model) if there is none or if
  // it is of another size.
  virtual std::shared_ptr<const Storage> find(const StorageRef& storage) = 0;
};

// A view as a contiguous tensor, after checking that it lies in its storage and does not overlap itself.
// `file` begins error messages.
weights::StoredTensor stored_view(const TensorRef& tensor_ref, Storages& storages, const std::string& name,
                                  const std::string& file);

}  // namespace serene::converter
