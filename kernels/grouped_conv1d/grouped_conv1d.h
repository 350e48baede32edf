// Convolution over time in groups of channels, with its GELU and residual: the position convolution of
// wav2vec 2.0, HuBERT and WavLM (arXiv 2006.11477).
//
//   y[t, o] = gelu(bias[o] + sum_{k, c} w[o, c, k] x[t + k - floor(taps / 2), c]) [+ residual[t, o]]
//
// c runs over the channels of o's group. x is zero before and after each clip; an even number of taps gives
// no frame more than x has. Workspace: grouped_conv1d_workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/precision.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct GroupedConv1dArgs {
  View<const float, 2> x;  // (R, C)
  Ragged clips;
  const PackedMatrix* weight =
      nullptr;  // PackedMatrix::from_grouped_conv(w, groups, C / groups, C / groups, taps)
  int64_t groups = 1, taps = 1;
  View<const float, 1> bias;              // (C)
  View<const float, 2> residual;          // (R, C), or null data for none; may be x
  View<float, 2> y;                       // (R, C); may be the residual unless that is x
  Precision precision = Precision::fp32;  // the CPU has fp32 and bf16
  Workspace workspace;
};

size_t grouped_conv1d_workspace(int64_t channels, int64_t groups, int64_t taps, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on a precision the device
// lacks, and on a GPU on more taps than shared memory holds the frames of.
void grouped_conv1d(const GroupedConv1dArgs& args, const Stream& stream);

Work grouped_conv1d_work(const GroupedConv1dArgs& args);

void grouped_conv1d_cpu(const GroupedConv1dArgs& args, const Stream& stream);

}  // namespace serene
