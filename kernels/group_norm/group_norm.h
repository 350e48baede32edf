// Group normalisation over time with one channel a group: each channel of each clip by its own statistics,
// then affine, then the exact GELU or nothing.
//
//   y[t, c] = act((x[t, c] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]), var biased
//
// Statistics are over all rows of a clip, in double, and over no other's. Workspace: group_norm_workspace. y
// may be x.
#pragma once

#include "kernels/common/activation.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct GroupNormArgs {
  View<const float, 2> x;  // (R, C)
  Ragged clips;
  View<const float, 1> weight, bias;  // (C)
  float eps = 1e-5f;
  Activation activation = Activation::none;  // or gelu
  View<float, 2> y;                          // (R, C)
  Workspace workspace;
};

// A clip is summed in pieces of this many rows. The sums of piece p of a clip have slot begin / 256 + clip +
// p, of 2 C doubles; no two pieces share a slot, and each clip leaves at most one empty.
inline constexpr int64_t kGroupNormRows = 256;

size_t group_norm_workspace(int64_t rows, int64_t clips, int64_t channels, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit.
void group_norm(const GroupNormArgs& args, const Stream& stream);

Work group_norm_work(const GroupNormArgs& args);

void group_norm_cpu(const GroupNormArgs& args, const Stream& stream);

}  // namespace serene
