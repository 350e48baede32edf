// A folder as Hugging Face's transformers writes and reads it.
#pragma once

#include <string>

#include "runtime/networks/common/checkpoint.h"
#include "weights/byte_source.h"

namespace serene::converter {

// The files of a folder by their names.
class Folder {
 public:
  virtual ~Folder() = default;
  // Begins error messages: the path.
  virtual const std::string& name() const = 0;
  // Null where there is no such file. Throws Error(model) where there is one that cannot be read.
  virtual weights::Source open(const std::string& file) const = 0;
};

// config.json, preprocessor_config.json, and the tensors of the first of these that is there:
// model.safetensors, the files of model.safetensors.index.json, pytorch_model.bin, the files of
// pytorch_model.bin.index.json. Throws Error(model) "<folder>/<file>: <cause>".
networks::Checkpoint read_folder(const Folder& folder);
networks::Checkpoint read_folder(const std::string& path);

}  // namespace serene::converter
