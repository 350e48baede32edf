#include "converter/architecture.h"

#include <algorithm>
#include <cmath>

#include "weights/refuse.h"

namespace serene::converter {
namespace {

constexpr size_t kListed = 20;

[[noreturn]] void fail(const std::string& name, const std::string& cause) { weights::refuse(name, cause); }

const std::vector<int64_t>& shape_of(const Tensors& tensors, const std::string& tensor, size_t rank,
                                     const std::string& name) {
  const auto it = tensors.find(tensor);
  if (it == tensors.end()) fail(name, tensor + ": missing");
  const std::vector<int64_t>& shape = it->second.shape;
  if (shape.size() != rank ||
      std::any_of(shape.begin(), shape.end(), [](int64_t s) { return s < 1 || s > 65536; })) {
    fail(name, tensor + ": shape " + weights::shape_text(shape) + " is not one of this layer");
  }
  return shape;
}

// Present in checkpoints, without use at inference.
bool is_unused(const std::string& tensor) {
  return tensor.ends_with(".num_batches_tracked") || tensor.starts_with("att_block.bn_att.");
}

void check_values(const weights::Tensor& tensor, const std::vector<float>& values, const std::string& name) {
  const auto bad = std::count_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad > 0)
    fail(name, tensor.name + ": " + std::to_string(bad) + " of " + std::to_string(values.size()) +
                   " values are not finite");
  if (tensor.name.ends_with(".running_var") &&
      std::any_of(values.begin(), values.end(), [](float v) { return v < 0; })) {
    fail(name, tensor.name + ": a variance is negative");
  }
}

}  // namespace

bool is_enhancer(const Tensors& tensors) { return tensors.contains("dense_encoder.conv_1.0.weight"); }
bool is_recogniser(const Tensors& tensors) { return tensors.contains("EmotionClassifier.fc1.weight"); }

weights::SeConfig infer_se(const Tensors& tensors, const std::string& name) {
  if (!is_enhancer(tensors)) {
    fail(name, is_recogniser(tensors) ? "this is a recogniser, not an enhancer: were --se and --ser swapped?"
                                      : "no enhancer: dense_encoder.conv_1.0.weight is missing");
  }
  weights::SeConfig config;
  config.channels = static_cast<int>(shape_of(tensors, "dense_encoder.conv_1.0.weight", 4, name)[0]);
  if (config.channels % 4 != 0 || config.channels > 1024) {
    fail(name, "dense_encoder.conv_1.0.weight: " + std::to_string(config.channels) +
                   " channels, wanted a multiple of 4 up to 1024");
  }
  config.tscbs = 0;
  while (config.tscbs < 64 &&
         tensors.contains("TSCB_" + std::to_string(config.tscbs + 1) + ".time_conformer.post_norm.weight")) {
    ++config.tscbs;
  }
  if (config.tscbs == 0) fail(name, "TSCB_1.time_conformer.post_norm.weight: missing");
  return config;
}

int64_t class_count(const Tensors& tensors, const std::string& name) {
  return shape_of(tensors, "EmotionClassifier.fc2.weight", 2, name)[0];
}

weights::SerConfig infer_ser(const Tensors& tensors, const std::string& name) {
  if (!is_recogniser(tensors)) {
    fail(name, is_enhancer(tensors) ? "this is an enhancer, not a recogniser: were --se and --ser swapped?"
                                    : "no recogniser: EmotionClassifier.fc1.weight is missing");
  }
  weights::SerConfig config;
  const bool cnn6 = tensors.contains("backbone.conv_block1.conv1.weight");
  if (!cnn6 && !tensors.contains("backbone.block1.conv1.weight")) {
    fail(name, "unknown encoder: neither backbone.conv_block1 nor backbone.block1");
  }
  config.encoder = cnn6 ? weights::Encoder::cnn6 : weights::Encoder::residual;
  for (int i = 1; i <= 4; ++i) {
    const std::string block = (cnn6 ? "backbone.conv_block" : "backbone.block") + std::to_string(i);
    config.widths.push_back(static_cast<int>(shape_of(tensors, block + ".conv1.weight", 4, name)[0]));
  }
  config.embedding =
      cnn6 ? static_cast<int>(shape_of(tensors, "att_block.att.weight", 3, name)[0]) : config.widths.back();
  config.hidden = static_cast<int>(shape_of(tensors, "EmotionClassifier.fc1.weight", 2, name)[0]);
  config.blend = tensors.contains("front_model.fc.weight");
  config.bridge = tensors.contains("back_model.f.weight");
  if (config.bridge && !config.blend)
    fail(name, "back_model without front_model: the bridge needs the coefficient");
  return config;
}

Tensors fit_to_schema(const Tensors& tensors, const std::vector<weights::TensorSpec>& schema,
                      const std::string& prefix, const std::string& name) {
  std::vector<std::string> problems;
  Tensors fitted;
  std::map<std::string, bool> wanted;
  bool all_zero = true;
  for (const weights::TensorSpec& spec : schema) {
    const std::string key = spec.name.substr(prefix.size());
    wanted[key] = true;
    const auto it = tensors.find(key);
    if (it == tensors.end()) {
      problems.push_back(key + " missing, wanted " + weights::shape_text(spec.shape));
      continue;
    }
    if (it->second.shape != spec.shape) {
      problems.push_back(key + " is " + weights::shape_text(it->second.shape) + ", wanted " +
                         weights::shape_text(spec.shape));
      continue;
    }
    using weights::DType;
    const DType dtype = it->second.dtype;
    if (dtype != DType::f64 && dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
      problems.push_back(key + " is " + std::string(weights::dtype_name(dtype)) + ", wanted floating point");
      continue;
    }
    const std::vector<float> values = weights::to_float(it->second);
    check_values(it->second, values, name);
    all_zero = all_zero && std::all_of(values.begin(), values.end(), [](float v) { return v == 0; });
    fitted[spec.name] = weights::from_float(spec.name, spec.shape, values);
  }
  for (const auto& [key, tensor] : tensors) {
    if (!wanted.contains(key) && !is_unused(key)) problems.push_back(key + " is not part of the network");
  }
  if (!problems.empty()) {
    std::string text = std::to_string(problems.size()) +
                       (problems.size() == 1 ? " tensor does" : " tensors do") + " not fit: ";
    for (size_t i = 0; i < std::min(problems.size(), kListed); ++i) text += (i > 0 ? "; " : "") + problems[i];
    if (problems.size() > kListed) text += "; and " + std::to_string(problems.size() - kListed) + " more";
    fail(name, text);
  }
  if (all_zero) fail(name, "all weights are zero");
  return fitted;
}

}  // namespace serene::converter
