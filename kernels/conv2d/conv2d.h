// Convolution over a channels-last map, as an implicit matrix product: no patch is ever copied.
//
//   y[t, f, o] = act(bias[o] + sum_{i, j, c} w[o, c, i, j] x[t st + i d, f sf + j, c])
//
// Only whole patches: padding is the caller's zero border around x, which a producer never writes. x and y
// may be slices of wider maps (their channel dimension strided by the map's width), so a dense block needs no
// concatenation. No workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct Conv2dArgs {
  View<const float, 4> x;                // (B, Ti, Fi, Ci)
  const PackedMatrix* weight = nullptr;  // PackedMatrix::from_conv
  int64_t kernel_t = 1, kernel_f = 1;    // taps in time and frequency
  int64_t dilation_t = 1;
  int64_t stride_t = 1, stride_f = 1;
  const float* bias = nullptr;  // (Co) or null
  bool relu = false;
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  // (B, To, 2, Co), contiguous: of each frame of y and each channel the sum and the sum of squares, for the
  // norm that follows; or null. Only where conv2d_gives_sums.
  View<double, 4> sums;
  View<float, 4> y;  // (B, To, Fo, Co), To = (Ti - (kernel_t - 1) dilation_t - 1) / stride_t + 1, Fo likewise
};

inline constexpr int64_t kMaxTaps = 64;  // kernel_t * kernel_f

// Whether y's sums can be had: as long as a frame is in a CPU's cache they cost next to nothing.
constexpr bool conv2d_gives_sums(Device device) { return device == Device::cpu; }

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision or on sums that
// the device lacks.
void conv2d(const Conv2dArgs& args, const Stream& stream);

Work conv2d_work(const Conv2dArgs& args);

void conv2d_cpu(const Conv2dArgs& args, const Stream& stream);

}  // namespace serene
