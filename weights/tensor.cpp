#include "weights/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/common/error.h"

namespace serene::weights {
namespace {

float from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

float from_f16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value;
  if (exponent == 31) {
    value = fraction == 0 ? INFINITY : NAN;
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class T, class Convert>
std::vector<float> convert(const Tensor& tensor, Convert&& to) {
  std::vector<float> values(tensor.bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = to(element);
  }
  return values;
}

template <class T>
std::vector<float> cast(const Tensor& tensor) {
  return convert<T>(tensor, [](T x) { return static_cast<float>(x); });
}

}  // namespace

int64_t Tensor::numel() const {
  int64_t n = 1;
  for (int64_t s : shape) n *= s;
  return n;
}

std::vector<float> to_float(const Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::f64:
      return cast<double>(tensor);
    case DType::f32:
      return cast<float>(tensor);
    case DType::f16:
      return convert<uint16_t>(tensor, from_f16);
    case DType::bf16:
      return convert<uint16_t>(tensor, from_bf16);
    case DType::i64:
      return cast<int64_t>(tensor);
    case DType::i32:
      return cast<int32_t>(tensor);
    case DType::i16:
      return cast<int16_t>(tensor);
    case DType::i8:
      return cast<int8_t>(tensor);
    case DType::u64:
      return cast<uint64_t>(tensor);
    case DType::u32:
      return cast<uint32_t>(tensor);
    case DType::u16:
      return cast<uint16_t>(tensor);
    case DType::u8:
      return cast<uint8_t>(tensor);
    case DType::boolean:
      break;
  }
  throw Error(ErrorKind::model, tensor.name + ": a tensor of booleans has no values");
}

Tensor from_float(std::string name, std::vector<int64_t> shape, std::span<const float> values) {
  Tensor tensor{std::move(name), DType::f32, std::move(shape), {}};
  tensor.bytes.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace serene::weights
