#include "converter/narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "weights/quantized.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

using weights::DType;

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  // Rounding could carry a NaN's fraction into its sign.
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7e00);
  if (magnitude >= 65520) return static_cast<uint16_t>(sign | 0x7c00);
  // Below 2^-14 steps are 2^-24 wide; the last of them runs into the first normal number, as it should.
  if (magnitude < 0x1p-14f) {
    return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyint(magnitude * 0x1p24f)));
  }
  const uint32_t even = bits >> 13 & 1;
  const uint32_t rounded = (bits & 0x7fffffff) + 0xfff + even;
  return static_cast<uint16_t>(sign | ((rounded >> 13) - (112u << 10)));  // exponent bias 127 to 15
}

weights::Quantized quantized(const weights::Tensor& tensor, const std::string& file) {
  const std::vector<float> values = weights::to_float(tensor);
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
    weights::refuse(file, tensor.name + ": has values that are not finite, which int8 cannot hold");
  return weights::quantized(tensor);
}

}  // namespace

weights::Tensor narrowed(const weights::Tensor& tensor, DType dtype, const std::string& file) {
  const std::vector<float> values = weights::to_float(tensor);
  const uint32_t infinity = dtype == DType::bf16 ? 0x7f80 : 0x7c00;
  weights::Tensor narrow{tensor.name, dtype, tensor.shape, {}};
  narrow.bytes.resize(values.size() * 2);
  size_t large = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = dtype == DType::bf16 ? to_bf16(values[i]) : to_f16(values[i]);
    std::memcpy(narrow.bytes.data() + 2 * i, &bits, 2);
    large += std::isfinite(values[i]) && (bits & 0x7fff) == infinity ? 1 : 0;
  }
  if (large > 0) {
    weights::refuse(file, tensor.name + ": " + std::to_string(large) + " of " +
                              std::to_string(values.size()) + " values are too large for " +
                              (dtype == DType::bf16 ? "bf16" : "f16"));
  }
  return narrow;
}

weights::StoredTensors narrowed(const weights::StoredTensors& tensors, DType dtype, const std::string& file) {
  weights::StoredTensors result;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.shape.size() < 2) {
      result[name] = tensor;
    } else if (dtype != DType::i8) {
      result[name] = {dtype, tensor.shape,
                      [read = tensor.read, dtype, file] { return narrowed(read(), dtype, file); }};
    } else {
      const std::vector<int64_t> rows{tensor.shape.front()};
      const auto read = [read = tensor.read, file] { return quantized(read(), file); };
      result[name] = {dtype, tensor.shape, [read] { return read().values; }};
      result[weights::scale_name(name)] = {DType::f32, rows, [read] { return read().scales; }};
    }
  }
  return result;
}

}  // namespace serene::converter
