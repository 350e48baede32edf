// Checkpoints in, one model file out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/models/common/fit.h"
#include "runtime/networks/common/network_config.h"
#include "weights/safetensors.h"

namespace serene::converter {

// A network of the model, and the checkpoint that it comes from.
struct PartSource {
  std::string name;  // its tensors begin with it and a dot
  std::string path;
  std::optional<networks::Role> role = std::nullopt;  // that it must have; nothing: any
};

struct ConvertOptions {
  std::vector<PartSource> parts = {};
  std::string model = {};                // empty: the one that such parts make
  std::vector<std::string> labels = {};  // needed where there are classes: no checkpoint names them
  models::Fit fit{models::FitRule::tile, 5};
  // Of matrices and convolutions: f32, bf16, f16, or i8 with scales; vectors stay f32.
  weights::DType dtype = weights::DType::f32;
  // Goes on where weights are not finite, variances negative or all weights zero; the model says so.
  bool allow_nonfinite = false;
};

// Throws Error(model) naming file, tensor and cause, Error(invalid_argument) for options that do not fit. The
// result depends on weights and options alone.
weights::TensorFile convert(const ConvertOptions& options);

// "tile:5", "pad:5", "none". Throws Error(invalid_argument).
models::Fit parse_fit(const std::string& text);

}  // namespace serene::converter
