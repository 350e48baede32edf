// Weights on their way from the model file into the layouts the ops read.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "kernels/common/packed_matrix.h"
#include "kernels/common/view.h"
#include "weights/stored_tensor.h"

namespace serene::runtime {

// A vector of a model, kept for views.
class Vector {
 public:
  Vector() = default;
  Vector(std::span<const float> values, Memory& memory) : buffer_(values.size_bytes(), memory) {
    std::copy(values.begin(), values.end(), static_cast<float*>(buffer_.host_copy()));
  }
  View<const float, 1> view() const {
    return make_view<1, const float>(data(), {static_cast<int64_t>(buffer_.bytes() / sizeof(float))});
  }
  const float* data() const { return buffer_.floats(); }

 private:
  AlignedBuffer buffer_;
};

// Reads tensors below a prefix one by one, into the memory of the device they will be used on.
class WeightReader {
 public:
  // `tensors` and `memory` outlive the reader.
  WeightReader(const weights::StoredTensors& tensors, std::string prefix, Memory& memory)
      : tensors_(tensors), prefix_(std::move(prefix)), memory_(memory) {}

  WeightReader at(const std::string& name) const { return {tensors_, prefix_ + name + ".", memory_}; }
  std::vector<float> values(const std::string& name) const {
    return weights::to_float(tensors_.at(prefix_ + name).read());
  }
  Vector vector(const std::string& name) const { return keep(values(name)); }
  const std::vector<int64_t>& shape(const std::string& name) const {
    return tensors_.at(prefix_ + name).shape;
  }
  // PyTorch's Linear, or a convolution with one tap.
  PackedMatrix linear(const std::string& name) const { return linear(values(name), shape(name)); }
  // The same for the op linear alone, which reads bf16 as the file has it.
  PackedMatrix product(const std::string& name) const {
    const bool narrow = tensors_.at(prefix_ + name).dtype == weights::DType::bf16;
    const int64_t k = shape(name)[1];
    if (!narrow || k % 2 != 0 || &memory_ != &HostMemory::instance()) return linear(name);
    return PackedMatrix::bf16_from_rows(values(name), shape(name)[0], k);
  }
  PackedMatrix conv(const std::string& name) const { return conv(values(name), shape(name)); }

  // Values that were worked on after reading.
  Vector keep(const std::vector<float>& values) const { return {values, memory_}; }
  PackedMatrix linear(const std::vector<float>& values, const std::vector<int64_t>& shape) const {
    return PackedMatrix::from_rows(values, shape[0], shape[1], memory_);
  }
  PackedMatrix conv(const std::vector<float>& values, const std::vector<int64_t>& shape) const {
    return PackedMatrix::from_conv(values, shape[0], shape[1], shape[2], shape[3], memory_);
  }
  Memory& memory() const { return memory_; }

 private:
  const weights::StoredTensors& tensors_;
  std::string prefix_;
  Memory& memory_;
};

// A batch norm at inference: y = scale x + shift.
struct FoldedBatchNorm {
  std::vector<float> scale, shift;

  // eps is PyTorch's default.
  explicit FoldedBatchNorm(const WeightReader& reader) {
    const std::vector<float> weight = reader.values("weight"), bias = reader.values("bias");
    const std::vector<float> mean = reader.values("running_mean"), variance = reader.values("running_var");
    for (size_t i = 0; i < weight.size(); ++i) {
      const double factor = weight[i] / std::sqrt(static_cast<double>(variance[i]) + 1e-5);
      scale.push_back(static_cast<float>(factor));
      shift.push_back(static_cast<float>(bias[i] - mean[i] * factor));
    }
  }
  // Rows of a weight (N, ...) times the scale of their output.
  std::vector<float> fold(std::vector<float> weight) const {
    const size_t row = weight.size() / scale.size();
    for (size_t i = 0; i < weight.size(); ++i) weight[i] *= scale[i / row];
    return weight;
  }
  // The bias of a layer before the norm, after it.
  std::vector<float> fold_bias(const std::vector<float>& bias) const {
    std::vector<float> folded = shift;
    for (size_t i = 0; i < folded.size(); ++i) folded[i] += bias[i] * scale[i];
    return folded;
  }
};

}  // namespace serene::runtime
