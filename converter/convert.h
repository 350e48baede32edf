// Checkpoints in, one model file out.
#pragma once

#include <string>
#include <vector>

#include "weights/config.h"
#include "weights/safetensors.h"

namespace serene::converter {

struct ConvertOptions {
  std::string se = {};                   // path of CMGAN's checkpoint, empty for none
  std::string ser = {};                  // path of TRNet's checkpoint, empty for none
  std::vector<std::string> labels = {};  // of the classes, in the order of TRNet's outputs
  weights::Fit fit{weights::FitRule::tile, 5};
  // Of matrices and convolutions: f32, bf16 or f16; vectors stay f32.
  weights::DType dtype = weights::DType::f32;
  // Goes on where weights are not finite, variances negative or all weights zero; the model says so.
  bool allow_nonfinite = false;
};

// Throws Error(model) naming file, tensor and cause, Error(invalid_argument) for options that do not fit. The
// result depends on weights and options alone.
weights::TensorFile convert(const ConvertOptions& options);

// "tile:5", "pad:5", "none". Throws Error(invalid_argument).
weights::Fit parse_fit(const std::string& text);

}  // namespace serene::converter
