#include "runtime/networks/speech_transformer/join.h"

#include <cmath>

#include "weights/refuse.h"

namespace serene::networks {
namespace {

using weights::StoredTensor;
using weights::TensorSpec;

constexpr std::string_view kPositionWeight = "encoder.pos_conv_embed.conv.weight";

// "encoder.layers.0.attention." of "encoder.layers.0.attention.qkv.weight", nothing where it does not end so.
std::string before(const std::string& name, std::string_view ending) {
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : "";
}

// w[o, i, k] = g[k] v[o, i, k] / |v[:, :, k]|
std::vector<float> multiplied(const std::vector<float>& g, const std::vector<float>& v,
                              const std::string& file) {
  const size_t taps = g.size();
  std::vector<double> squares(taps);
  for (size_t i = 0; i < v.size(); ++i) squares[i % taps] += static_cast<double>(v[i]) * v[i];
  for (size_t k = 0; k < taps; ++k) {
    if (squares[k] != 0 && g[k] != 0) continue;
    weights::refuse(file, std::string(kPositionWeight) + (g[k] == 0 ? "_g: is 0" : "_v: has norm 0") +
                              " at tap " + std::to_string(k) + ": the position convolution is damaged");
  }
  std::vector<float> w(v.size());
  for (size_t i = 0; i < v.size(); ++i)
    w[i] = static_cast<float>(g[i % taps] * (v[i] / std::sqrt(squares[i % taps])));
  return w;
}

// Rows added up in fours: (8, ...) to (2, ...).
std::vector<float> in_fours(const std::vector<float>& values) {
  const size_t half = values.size() / 2, row = half / 4;
  std::vector<float> sums;
  for (size_t s = 0; s < 2; ++s) {
    for (size_t i = 0; i < row; ++i) {
      double sum = 0;
      for (size_t r = 0; r < 4; ++r) sum += values[s * half + r * row + i];
      sums.push_back(static_cast<float>(sum));
    }
  }
  return sums;
}

}  // namespace

std::vector<TensorSpec> sources_of(const TensorSpec& made, const weights::StoredTensors& tensors) {
  if (tensors.contains(made.name)) return {made};
  std::vector<int64_t> shape = made.shape;
  for (const char* kind : {"weight", "bias"}) {
    if (const std::string attention = before(made.name, std::string("qkv.") + kind); !attention.empty()) {
      shape[0] /= 3;
      return {{attention + "q_proj." + kind, shape},
              {attention + "k_proj." + kind, shape},
              {attention + "v_proj." + kind, shape}};
    }
    if (const std::string attention = before(made.name, std::string("gate.") + kind); !attention.empty()) {
      shape[0] = 8;
      return {{attention + "gru_rel_pos_linear." + kind, shape}};
    }
  }
  if (const std::string attention = before(made.name, "gate.scale"); !attention.empty())
    return {{attention + "gru_rel_pos_const", {1, shape[0], 1, 1}}};
  if (made.name == kPositionWeight) return {{made.name + "_g", {1, 1, shape[2]}}, {made.name + "_v", shape}};
  return {made};
}

StoredTensor joined(const TensorSpec& made, const weights::StoredTensors& tensors, const std::string& file) {
  std::vector<StoredTensor> parts;
  for (const TensorSpec& source : sources_of(made, tensors)) parts.push_back(tensors.at(source.name));
  if (parts.size() == 1 && parts[0].shape == made.shape) return parts[0];
  const auto read = [made, parts, file] {
    std::vector<float> values = weights::to_float(parts[0].read());
    if (made.name == kPositionWeight) {
      values = multiplied(values, weights::to_float(parts[1].read()), file);
    } else if (parts.size() == 3) {
      for (const size_t i : {1, 2}) {
        const std::vector<float> more = weights::to_float(parts[i].read());
        values.insert(values.end(), more.begin(), more.end());
      }
    } else if (!made.name.ends_with(".scale")) {
      values = in_fours(values);
    }
    return weights::from_float(made.name, made.shape, values);
  };
  return {weights::DType::f32, made.shape, read};
}

}  // namespace serene::networks
