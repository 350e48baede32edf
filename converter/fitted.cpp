#include "converter/fitted.h"

#include <algorithm>
#include <cmath>

#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::converter {

weights::Tensors fitted(const networks::Import& import, const networks::NetworkFormat& format,
                        const std::string& part, const std::string& file) {
  using weights::DType;
  const weights::TensorRule rule{.takes =
                                     [](DType dtype) {
                                       return dtype == DType::f64 || dtype == DType::f32 ||
                                              dtype == DType::f16 || dtype == DType::bf16;
                                     },
                                 .wanted = "floating point",
                                 .owner = "the network",
                                 .may_be_extra = format.is_unused};
  const std::vector<weights::TensorSpec> specs = import.config->tensors();
  const std::vector<std::string> problems = weights::misfits(import.tensors, specs, rule);
  if (!problems.empty()) weights::refuse(file, weights::misfit_text(problems));
  weights::Tensors result;
  for (const weights::TensorSpec& spec : specs) {
    const std::string name = part + '.' + spec.name;
    result[name] =
        weights::from_float(name, spec.shape, weights::to_float(import.tensors.at(spec.name).read()));
  }
  return result;
}

std::vector<std::string> unsound_values(const weights::Tensors& tensors, const std::string& prefix) {
  std::vector<std::string> problems;
  bool all_zero = true;
  for (const auto& [name, tensor] : tensors) {
    const std::vector<float> values = weights::to_float(tensor);
    const auto count = [&](auto&& is) {
      return static_cast<size_t>(std::count_if(values.begin(), values.end(), is));
    };
    const std::string key = name.substr(prefix.size()) + ": ", of = " of " + std::to_string(values.size());
    const size_t nonfinite = count([](float v) { return !std::isfinite(v); });
    if (nonfinite > 0) {
      problems.push_back(key + std::to_string(nonfinite) + of + " values are not finite");
    }
    const size_t negative = name.ends_with(".running_var") ? count([](float v) { return v < 0; }) : 0;
    if (negative > 0) problems.push_back(key + std::to_string(negative) + of + " variances are negative");
    all_zero = all_zero && count([](float v) { return v != 0; }) == 0;
  }
  if (all_zero) problems.push_back("all weights are zero");
  return problems;
}

}  // namespace serene::converter
