// Whole checkpoints of random networks, as torch.save would write them.
#pragma once

#include <cstring>
#include <string>

#include "converter/convert.h"
#include "tests/support/hostile_bytes.h"
#include "tests/support/random_model.h"

namespace serene::test {

inline std::map<std::string, weights::Tensor> se_tensors() {
  test::ModelSpec config;
  config.se = small_se();
  return weights::loaded(random_model_file(config).tensors);
}

// K classes.
inline std::map<std::string, weights::Tensor> ser_tensors(
    int classes = 4, networks::TrnetEncoder encoder = networks::TrnetEncoder::cnn6) {
  test::ModelSpec config;
  config.ser = small_ser(encoder);
  config.ser->labels.clear();
  for (int i = 0; i < classes; ++i) config.ser->labels.push_back(std::string(1, static_cast<char>('a' + i)));
  return weights::loaded(random_model_file(config).tensors);
}

// The options of serene-convert --se, --ser.
struct SeSer {
  std::string se = {};
  std::string ser = {};
  std::vector<std::string> labels = {};
  models::Fit fit{models::FitRule::tile, 5};
  weights::DType dtype = weights::DType::f32;
  bool allow_nonfinite = false;

  operator converter::ConvertOptions() const {
    converter::ConvertOptions options;
    if (!se.empty()) options.parts.push_back({"se", se, networks::Role::enhancer});
    if (!ser.empty()) options.parts.push_back({"ser", ser, networks::Role::recogniser});
    options.labels = labels;
    options.fit = fit;
    options.dtype = dtype;
    options.allow_nonfinite = allow_nonfinite;
    return options;
  }
};

// The model file with all its values.
inline weights::TensorFile converted(const converter::ConvertOptions& options) {
  const std::vector<std::byte> bytes = weights::serialize_safetensors(converter::convert(options).file);
  return weights::parse_safetensors(bytes, "made");
}

inline void set_value(weights::Tensor& tensor, size_t at, float value) {
  std::memcpy(tensor.bytes.data() + 4 * at, &value, 4);
}

// float32 tensors of a schema, their prefix "se." or "ser." taken off.
inline std::string checkpoint_of(const std::map<std::string, weights::Tensor>& tensors) {
  std::vector<std::pair<std::string, std::string>> items;
  Parts storages;
  for (const auto& [name, tensor] : tensors) {
    pickle::View view;
    view.key = std::to_string(storages.size());
    view.elements = tensor.numel();
    view.shape = tensor.shape;
    view.stride.assign(tensor.shape.size(), 1);
    for (size_t i = tensor.shape.size(); i-- > 1;) view.stride[i - 1] = view.stride[i] * tensor.shape[i];
    items.emplace_back(name.substr(name.find('.') + 1), pickle::tensor(view));
    storages[view.key] = as_text(tensor.bytes);
  }
  return torch_zip(pickle::document(pickle::dict(items)), storages, {{"byteorder", "little"}});
}

}  // namespace serene::test
