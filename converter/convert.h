// Checkpoints in, one model file out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "converter/part.h"
#include "runtime/models/common/model_config.h"
#include "weights/safetensors.h"

namespace serene::converter {

// What a part of the model, or all of it, is made of.
struct PartSource {
  // Its tensors begin with it and a dot. The name of a role, or of a network's part ("se"), takes the network
  // that has it, any other the only one that there is. Empty: every network of the checkpoint becomes a part.
  std::string name;
  std::string path;                                   // of a file or a folder
  std::optional<networks::Role> role = std::nullopt;  // that it must have
};

struct ConvertOptions {
  std::vector<PartSource> parts = {};
  std::string model = {};                // empty: the one that such parts make
  std::vector<std::string> labels = {};  // empty: those that the checkpoint names
  std::optional<models::Fit> fit = {};   // nothing: as is usual for the model
  // Of matrices and convolutions: f32, bf16, f16, or i8 with scales; vectors stay f32.
  weights::DType dtype = weights::DType::f32;
  // Goes on where weights are not finite, variances negative or all weights zero; the model says so.
  bool allow_nonfinite = false;
  PartSettings settings = {};
  std::string card = {};  // what the file is to say of its weights (weights/FORMAT.md); empty: nothing
};

struct Conversion {
  weights::StoredFile file;  // tensors are read from the checkpoints, and converted, when they are asked for
  models::ModelConfig config;
  std::string left_out = {};      // of the checkpoints' tensors: "212 tensors of decoder., proj_out."
  std::string assumed_clip = {};  // the rule as --fit has it, where it is but likely
  std::string classes_from = {};  // path of the checkpoint that has the classes
};

// All tensors are read once, so that nothing is wrong with their values, and kept by nobody. Throws
// Error(model) naming file, tensor and cause, Error(invalid_argument) for options that do not fit. The result
// depends on weights and options alone.
Conversion convert(const ConvertOptions& options);

// The text of a file, for `card`. Throws Error(model): not there, not UTF-8, longer than a card may be.
std::string read_card(const std::string& path);

// "tile:5", "pad:5", "none". Throws Error(invalid_argument).
models::Fit parse_fit(const std::string& text);

}  // namespace serene::converter
