// Rows of channels by a weight.
//
//   y = act(x W^T + b) [+ residual], act none, ReLU or the exact GELU, x / 2 (1 + erf(x / sqrt 2))
//
// The rows may be of one clip or of many. A row's bits depend on that row alone. Workspace: linear_workspace.
// y may be the residual, not x.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct LinearArgs {
  View<const float, 2> x;                    // (R, K)
  const PackedMatrix* weight = nullptr;      // (K, N), K >= 1
  View<const float, 1> bias;                 // (N), or null data for none
  Activation activation = Activation::none;  // relu or gelu
  View<const float, 2> residual;             // (R, N), or null data for none
  View<float, 2> y;                          // (R, N)
  Precision precision = Precision::fp32;     // the CPU has fp32 and bf16
  Workspace workspace;
};

// A weight that is kept as bf16 gives the same bits as one of its values as floats.
size_t linear_workspace(int64_t rows, const PackedMatrix& weight, Precision precision, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit and on other activations, Error(unsupported) on a
// precision the device lacks.
void linear(const LinearArgs& args, const Stream& stream);

Work linear_work(const LinearArgs& args);

void linear_cpu(const LinearArgs& args, const Stream& stream);

}  // namespace serene
