// The safetensors container, read and written. The reader promises nothing it has not checked: see
// weights/FORMAT.md for the rules and tests/weights for a file per rule.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/tensor.h"

namespace serene::weights {

struct TensorFile {
  std::string name;                             // what error messages call it, usually the path
  std::map<std::string, std::string> metadata;  // __metadata__
  std::map<std::string, Tensor> tensors;

  const Tensor* find(const std::string& tensor) const;
};

// Throws Error(model) with "<name>: <entry>: <cause>". Allocates no more than about the file's size.
TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& name);
// Reads a regular file (never blocks on a FIFO) and parses it.
TensorFile read_safetensors(const std::string& path);

// The same bytes for the same content: keys sorted, header padded with spaces to 8 bytes, tensors in key
// order.
std::vector<std::byte> serialize_safetensors(const TensorFile& file);
// As AtomicFile does, flushed to the disk. Throws FileError.
void write_safetensors(const std::string& path, const TensorFile& file);

}  // namespace serene::weights
