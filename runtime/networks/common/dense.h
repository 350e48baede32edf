// Parts of networks over rows of channels: a layer norm, a product with a bias.
#pragma once

#include <utility>

#include "kernels/common/activation.h"
#include "runtime/networks/common/weight_reader.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

// A layer norm over channels.
class Norm {
 public:
  Norm(const WeightReader& weights, double eps);
  // y may be x.
  void forward(const Pass& pass, const View<const float, 2>& x, const View<float, 2>& y) const;

 private:
  Vector weight_, bias_;
  float eps_;
};

// A product of rows with a weight, and its bias.
class Dense {
 public:
  explicit Dense(const WeightReader& weights);
  // Of values that were worked on after reading.
  Dense(PackedMatrix weight, Vector bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}
  int64_t outputs() const { return weight_.n(); }
  // y = act(W x + b) [+ residual]; y may be the residual, not x.
  void forward(const Pass& pass, const View<const float, 2>& x, const View<float, 2>& y,
               Activation activation = Activation::none, const View<const float, 2>& residual = {}) const;

 private:
  PackedMatrix weight_;
  Vector bias_;
};

}  // namespace serene::runtime
