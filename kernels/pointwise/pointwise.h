// A function of each element.
//
//   y[r, c] = tanh(x[r, c]), 1 / (1 + exp(-x[r, c])), or x[r, c] held between two bounds
//
// No workspace. y may be x.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

enum class PointwiseFunction { tanh, sigmoid, clamp };

struct PointwiseArgs {
  View<const float, 2> x;  // (R, C)
  View<float, 2> y;        // (R, C)
  PointwiseFunction function = PointwiseFunction::tanh;
  float low = 0, high = 1;  // of clamp, low <= high
};

// Throws Error(invalid_argument) on shapes and bounds that do not fit.
void pointwise(const PointwiseArgs& args, const Stream& stream);

Work pointwise_work(const PointwiseArgs& args);

void pointwise_cpu(const PointwiseArgs& args, const Stream& stream);

}  // namespace serene
