// References of fused ops, in double precision: values that know how large the terms were they came from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/support/tolerance.h"

namespace serene::test {

// A float32 evaluation is off by eps times `size`, not eps times `value`, where terms cancel: in a normed row
// of few channels that are nearly equal, say.
struct Sized {
  double value = 0, size = 0;
};

// The result of an op, row-major.
struct Reference {
  std::vector<double> values;
  double size = 0;  // the largest
  double squares = 0;

  void push(Sized x) {
    const double s = std::max(x.size, std::abs(x.value));
    values.push_back(x.value);
    size = std::max(size, s);
    squares += s * s;
  }
  // Root mean square of all sizes.
  double mean_size() const {
    return std::sqrt(squares / static_cast<double>(std::max<size_t>(values.size(), 1)));
  }
};

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
// The slope of silu is at most 1.1.
inline Sized silu(Sized x) { return {x.value * sigmoid(x.value), 1.1 * x.size}; }

// The exact one, whose slope is at most 1.13.
inline Sized gelu(Sized x) { return {x.value / 2 * std::erfc(-x.value / std::sqrt(2.0)), 1.13 * x.size}; }

// Row (C) of layer norm, biased variance.
inline std::vector<Sized> layer_norm_row(const float* x, std::span<const float> weight,
                                         std::span<const float> bias, double eps) {
  const size_t c = weight.size();
  double mean = 0, variance = 0, largest = 0;
  for (size_t i = 0; i < c; ++i) {
    mean += x[i] / static_cast<double>(c);
    largest = std::max(largest, std::abs(static_cast<double>(x[i])));
  }
  for (size_t i = 0; i < c; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(c);
  const double scale = 1 / std::sqrt(variance + eps);
  std::vector<Sized> y(c);
  for (size_t i = 0; i < c; ++i) {
    y[i] = {(x[i] - mean) * scale * weight[i] + bias[i],
            largest * scale * std::abs(weight[i]) + std::abs(bias[i])};
  }
  return y;
}

// The same of a row that is off already. A norm's slope is a projection times the scale: an element's error
// goes through, and a share of the row's.
inline std::vector<Sized> layer_norm_row(std::span<const Sized> x, std::span<const float> weight,
                                         std::span<const float> bias, double eps) {
  const size_t c = weight.size();
  double mean = 0, variance = 0, squares = 0;
  for (const Sized& v : x) mean += v.value / static_cast<double>(c);
  for (const Sized& v : x) {
    variance += (v.value - mean) * (v.value - mean) / static_cast<double>(c);
    squares += v.size * v.size / static_cast<double>(c);
  }
  const double scale = 1 / std::sqrt(variance + eps);
  std::vector<Sized> y(c);
  for (size_t i = 0; i < c; ++i) {
    y[i] = {(x[i].value - mean) * scale * weight[i] + bias[i],
            (x[i].size + std::sqrt(squares)) * scale * std::abs(weight[i]) + std::abs(bias[i])};
  }
  return y;
}

// (K) times the transposed weight (N, K), plus the bias (N), or none where that is empty. Terms of random
// sign add up to the root of their squares.
inline std::vector<Sized> linear(std::span<const Sized> x, std::span<const float> weight,
                                 std::span<const float> bias) {
  const size_t k = x.size(), n = weight.size() / k;
  std::vector<Sized> y(n);
  for (size_t o = 0; o < n; ++o) {
    double sum = bias.empty() ? 0.0 : bias[o], squares = sum * sum;
    for (size_t i = 0; i < k; ++i) {
      const double w = weight[o * k + i];
      sum += w * x[i].value;
      squares += w * w * x[i].size * x[i].size;
    }
    y[o] = {sum, std::sqrt(squares)};
  }
  return y;
}

}  // namespace serene::test
