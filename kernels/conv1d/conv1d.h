// Convolution over time of clips of different lengths, time-major, as a matrix product: a window of frames is
// one run of numbers, so that no patch is copied.
//
//   y[t, o] = act(bias[o] + sum_{k, c} w[o, c, k] x[t stride + k - padding, c]), act none or the exact GELU
//
// x is zero before and after each clip. Workspace: conv1d_workspace.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct Conv1dArgs {
  View<const float, 2> x;                // (Ri, Ci), contiguous
  Ragged x_clips;                        // of its rows
  const PackedMatrix* weight = nullptr;  // PackedMatrix::from_conv(w, Co, Ci, taps, 1)
  int64_t taps = 1, stride = 1, padding = 0;
  View<const float, 1> bias;                 // (Co), or null data for none
  Activation activation = Activation::none;  // or gelu
  Ragged y_clips;                            // conv1d_length of each clip of x
  View<float, 2> y;                          // (Ro, Co)
  Precision precision = Precision::fp32;     // the CPU has fp32 and bf16
  Workspace workspace;
};

// Frames of y for n frames of x; 0 where the kernel is longer than what there is.
constexpr int64_t conv1d_length(int64_t n, int64_t taps, int64_t stride, int64_t padding) {
  return n < 1 || n + 2 * padding < taps ? 0 : (n + 2 * padding - taps) / stride + 1;
}

size_t conv1d_workspace(const Conv1dArgs& args, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks.
void conv1d(const Conv1dArgs& args, const Stream& stream);

Work conv1d_work(const Conv1dArgs& args);

void conv1d_cpu(const Conv1dArgs& args, const Stream& stream);

}  // namespace serene
