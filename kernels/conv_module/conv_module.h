// Convolution module of a conformer, from layer norm to residual.
//
//   h = glu(W1 LN(x) + b1)                         (N, I), gate in the second half of W1's outputs
//   g = silu(depthwise(h; 31 taps, zeros beyond both ends))   BatchNorm folded into taps and bias by the
//   caller y = [residual +] W2 g + b2
//
// Sequences are the rows (s0, s1) of a strided view, as in relative_attention. Workspace:
// conv_module_workspace. y may be x or the residual.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ConvModuleArgs {
  View<const float, 4> x;            // (S0, S1, N, C)
  View<const float, 1> norm_weight;  // (C)
  View<const float, 1> norm_bias;    // (C)
  float eps = 1e-5f;
  const PackedMatrix* w1 = nullptr;       // (C, 2 I)
  View<const float, 1> b1;                // (2 I)
  View<const float, 2> taps;              // (K, I), K odd
  View<const float, 1> taps_bias;         // (I)
  const PackedMatrix* w2 = nullptr;       // (I, C)
  View<const float, 1> b2;                // (C)
  View<const float, 4> residual;          // (S0, S1, N, C), or null data for none
  View<float, 4> y;                       // (S0, S1, N, C)
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

// `sequences` is S0 S1.
size_t conv_module_workspace(int64_t sequences, int64_t n, int64_t channels, int64_t inner, int64_t taps,
                             const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void conv_module(const ConvModuleArgs& args, const Stream& stream);

Work conv_module_work(const ConvModuleArgs& args);

void conv_module_cpu(const ConvModuleArgs& args, const Stream& stream);

}  // namespace serene
