#include "converter/fitted.h"

#include <cmath>
#include <cstring>
#include <utility>

namespace serene::converter {
namespace {

// As float32 under another name. A tensor that is float32 is not copied.
weights::Tensor widened(weights::Tensor tensor, const std::string& name) {
  if (tensor.dtype == weights::DType::f32) {
    tensor.name = name;
    return tensor;
  }
  const std::vector<float> values = weights::to_float(tensor);
  tensor.bytes = {};
  return weights::from_float(name, std::move(tensor.shape), values);
}

}  // namespace

weights::StoredTensors fitted(const networks::Import& import, const std::string& part) {
  weights::StoredTensors result;
  for (const weights::TensorSpec& spec : import.config->tensors()) {
    const std::string name = part + '.' + spec.name;
    result[name] = {weights::DType::f32, spec.shape,
                    [read = import.tensors.at(spec.name).read, name] { return widened(read(), name); }};
  }
  return result;
}

std::vector<std::string> unsound_values(const weights::StoredTensors& tensors, const std::string& prefix) {
  std::vector<std::string> problems;
  bool all_zero = true;
  for (const auto& [name, stored] : tensors) {
    const weights::Tensor tensor = stored.read();
    const size_t values = tensor.bytes.size() / sizeof(float);
    size_t nonfinite = 0, negative = 0, other_than_zero = 0;
    for (size_t i = 0; i < values; ++i) {
      float value = 0;
      std::memcpy(&value, tensor.bytes.data() + i * sizeof(float), sizeof(float));
      nonfinite += std::isfinite(value) ? 0 : 1;
      negative += value < 0 ? 1 : 0;
      other_than_zero += value != 0 ? 1 : 0;
    }
    const std::string key = name.substr(prefix.size()) + ": ", of = " of " + std::to_string(values);
    if (nonfinite > 0) problems.push_back(key + std::to_string(nonfinite) + of + " values are not finite");
    if (negative > 0 && name.ends_with(".running_var"))
      problems.push_back(key + std::to_string(negative) + of + " variances are negative");
    all_zero = all_zero && other_than_zero == 0;
  }
  if (all_zero) problems.push_back("all weights are zero");
  return problems;
}

}  // namespace serene::converter
