// A model file, validated: configuration and weights that belong together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/models/common/model_config.h"
#include "weights/safetensors.h"

namespace serene::models {

inline constexpr size_t kLongestCard = 65536;

struct ModelFile {
  std::string name;
  ModelConfig config;
  // What the file says of its weights, for people: what they were trained on, their licence. "" where it says
  // nothing; at most kLongestCard bytes of UTF-8.
  std::string card;
  // Exactly tensors_of(config), read when they are asked for; f32, f16 or bf16, what the file has as i8 as
  // f32.
  weights::StoredTensors tensors;
  std::string sha256;  // of the whole file, lower-case hex
  int64_t file_bytes = 0;

  // Values of a tensor as float32.
  std::vector<float> values(const std::string& tensor) const;
};

// Throws Error(model); all missing, extra and misshapen tensors are listed in one message (the first 20).
// Refuses weights that are not finite and BatchNorm variances below zero, with tensor and count,
// unless the configuration says that they are meant. Tensors are read one by one, after all of this is known
// of their names and shapes.
ModelFile read_model(const weights::Source& source);
// Of a copy of the bytes.
ModelFile parse_model(std::span<const std::byte> bytes, const std::string& name);
ModelFile read_model(const std::string& path);

}  // namespace serene::models
