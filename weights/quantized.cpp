#include "weights/quantized.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace serene::weights {
namespace {

constexpr float kLargest = 127;

float largest_magnitude(std::span<const float> row) {
  float largest = 0;
  for (const float value : row) largest = std::max(largest, std::abs(value));
  return largest;
}

// Why the scales are not those of the tensor, "" if they are.
std::string misfit(const std::string& name, const StoredTensor& tensor, const StoredTensors& tensors) {
  const std::string scale = scale_name(name);
  const auto it = tensors.find(scale);
  if (tensor.shape.empty()) return name + " is I8 and a scalar";
  if (it == tensors.end()) return scale + " missing, " + name + " is I8";
  const StoredTensor& scales = it->second;
  const std::vector<int64_t> wanted{tensor.shape.front()};
  if (scales.shape != wanted)
    return scale + " is " + shape_text(scales.shape) + ", wanted " + shape_text(wanted);
  if (scales.dtype != DType::f32)
    return scale + " is " + std::string(dtype_name(scales.dtype)) + ", wanted F32";
  const std::vector<float> values = to_float(scales.read());
  const bool sound = std::ranges::all_of(values, [](float s) { return std::isfinite(s) && s >= 0; });
  return sound ? "" : scale + " has scales that are negative or not finite";
}

Tensor expanded(const Tensor& tensor, const Tensor& scales) {
  std::vector<float> values = to_float(tensor);
  const std::vector<float> scale = to_float(scales);
  const size_t row = scale.empty() ? 0 : values.size() / scale.size();
  for (size_t i = 0; i < values.size(); ++i) values[i] *= scale[i / row];
  return from_float(tensor.name, tensor.shape, values);
}

}  // namespace

std::string scale_name(const std::string& tensor) { return tensor + ".scale"; }

Quantized quantized(const Tensor& tensor) {
  const std::vector<float> values = to_float(tensor);
  const auto rows = static_cast<size_t>(tensor.shape.front());
  const size_t row = rows == 0 ? 0 : values.size() / rows;
  std::vector<float> scales(rows);
  Quantized result{{tensor.name, DType::i8, tensor.shape, std::vector<std::byte>(values.size())}, {}};
  for (size_t n = 0; n < rows; ++n) {
    const std::span<const float> of_row(values.data() + n * row, row);
    scales[n] = largest_magnitude(of_row) / kLargest;
    // A scale that rounds to 0 takes its row with it.
    if (scales[n] == 0) continue;
    for (size_t i = 0; i < row; ++i) {
      const float q = std::clamp(std::nearbyint(of_row[i] / scales[n]), -kLargest, kLargest);
      result.values.bytes[n * row + i] = static_cast<std::byte>(static_cast<int8_t>(q));
    }
  }
  result.scales = from_float(scale_name(tensor.name), {tensor.shape.front()}, scales);
  return result;
}

std::vector<std::string> expand_quantized(StoredTensors& tensors) {
  std::vector<std::string> problems, names;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dtype != DType::i8) continue;
    const std::string problem = misfit(name, tensor, tensors);
    problem.empty() ? names.push_back(name) : problems.push_back(problem);
  }
  for (const std::string& name : names) {
    const auto scales = tensors.find(scale_name(name));
    StoredTensor& tensor = tensors.at(name);
    tensor.dtype = DType::f32;
    tensor.read = [values = std::move(tensor.read), of_rows = std::move(scales->second.read)] {
      return expanded(values(), of_rows());
    };
    tensors.erase(scales);
  }
  return problems;
}

}  // namespace serene::weights
