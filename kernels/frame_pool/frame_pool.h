// Mean over groups of frames of clips of different lengths: fewer frames for what follows.
//
//   y[i] = mean of x[t], t = i P .. min((i + 1) P, T) - 1
//
// The last group of a clip may be shorter; it is divided by the frames that it has. Sums are in double, in
// the order of time. No workspace.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct FramePoolArgs {
  View<const float, 2> x;  // (Ri, C)
  Ragged x_clips;
  int64_t frames = 1;  // P, of a group
  Ragged y_clips;      // frame_pool_length of each clip of x
  View<float, 2> y;    // (Ro, C)
};

constexpr int64_t frame_pool_length(int64_t frames, int64_t group) { return (frames + group - 1) / group; }

// Throws Error(invalid_argument) on shapes that do not fit.
void frame_pool(const FramePoolArgs& args, const Stream& stream);

Work frame_pool_work(const FramePoolArgs& args);

void frame_pool_cpu(const FramePoolArgs& args, const Stream& stream);

}  // namespace serene
