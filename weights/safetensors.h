// The safetensors container, read and written. The reader promises nothing it has not checked: see
// weights/FORMAT.md for the rules and tests/weights for a file of each rule.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/byte_source.h"
#include "weights/stored_tensor.h"

namespace serene::weights {

struct TensorFile {
  std::string name;                             // what error messages call it, usually the path
  std::map<std::string, std::string> metadata;  // __metadata__
  std::map<std::string, Tensor> tensors;

  const Tensor* find(const std::string& tensor) const;
};

// The same, its values read when they are asked for.
struct StoredFile {
  std::string name;
  std::map<std::string, std::string> metadata;
  StoredTensors tensors;
};

// Checks the whole container but reads no value: a tensor costs memory once it is read. Throws Error(model)
// with "<name>: <entry>: <cause>".
StoredFile read_stored(const Source& source);
// With all values. Allocates no more than about the file's size.
TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& name);
// Of a file of up to 4 GiB.
TensorFile read_safetensors(const std::string& path);

// The same bytes for the same content: keys sorted, header padded with spaces to 8 bytes, tensors in key
// order.
std::vector<std::byte> serialize_safetensors(const TensorFile& file);
std::vector<std::byte> serialize_safetensors(const StoredFile& file);
// The same bytes, tensor by tensor. As AtomicFile does, flushed to the disk. Throws FileError, and what
// reading a tensor throws.
void write_safetensors(const std::string& path, const TensorFile& file);
void write_safetensors(const std::string& path, const StoredFile& file);

}  // namespace serene::weights
