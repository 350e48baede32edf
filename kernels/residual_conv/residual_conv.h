// The second half of a residual block: a convolution plus a projected shortcut, then ReLU.
//
//   y = relu(conv(h; w, bias) + conv1x1(x; w_s, bias_s, stride 2))
//
// Batch norms are folded into weights and biases by the caller; the zero border around h is the caller's, as
// in conv2d. No workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ResidualConvArgs {
  View<const float, 4> h;                  // (B, To + k - 1, Fo + k - 1, Co), border included
  const PackedMatrix* weight = nullptr;    // (k k Co, Co)
  int64_t kernel = 5;                      // k, both ways
  const float* bias = nullptr;             // (Co)
  View<const float, 4> x;                  // (B, Ti, Fi, Ci) the block's input, no border
  const PackedMatrix* shortcut = nullptr;  // (Ci, Co)
  const float* shortcut_bias = nullptr;    // (Co)
  int64_t stride = 2;                      // of the shortcut, both ways
  Precision precision = Precision::fp32;   // the CPU has fp32 and bf16
  View<float, 4> y;                        // (B, To, Fo, Co), To = (Ti - 1) / stride + 1, Fo likewise
};

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void residual_conv(const ResidualConvArgs& args, const Stream& stream);

Work residual_conv_work(const ResidualConvArgs& args);

void residual_conv_cpu(const ResidualConvArgs& args, const Stream& stream);

}  // namespace serene
