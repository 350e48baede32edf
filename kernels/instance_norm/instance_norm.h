// Instance normalisation over time and frequency of each clip and channel, then PReLU, in place.
//
//   y = prelu((x - mean) / sqrt(var + eps) * weight + bias, slope), var biased
//
// Sums are taken per frame and added up in the order of time, in double, so that the result does not depend
// on how frames are shared out. x may be a slice of a wider map. Workspace: instance_norm_workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct InstanceNormArgs {
  View<float, 4> x;             // (B, T, F, C), T F >= 1
  View<const float, 1> weight;  // (C)
  View<const float, 1> bias;    // (C)
  View<const float, 1> slope;   // (C) of PReLU below zero
  float eps = 1e-5f;
  // (B, T, 2, C), contiguous: of each frame and channel the sum and the sum of squares, where conv2d gave
  // them; null: they are taken here. Overwritten. May be the start of the workspace. On the CPU alone.
  View<double, 4> sums;
  Workspace workspace;
};

size_t instance_norm_workspace(int64_t batch, int64_t frames, int64_t channels);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on sums where the device takes
// them itself.
void instance_norm(const InstanceNormArgs& args, const Stream& stream);

Work instance_norm_work(const InstanceNormArgs& args);

void instance_norm_cpu(const InstanceNormArgs& args, const Stream& stream);

}  // namespace serene
