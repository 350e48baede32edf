// Means over groups of a clip's frames, which some heads work on.
#pragma once

#include "kernels/common/ragged.h"
#include "runtime/src/pass.h"

namespace serene::runtime {

struct FrameGroups {
  View<const float, 2> rows;  // (R, H)
  Ragged clips;
};

// Of x (frames.rows(), H), `group` frames each, at the end of a clip fewer; 1: the frames themselves. The
// means are in the pass's arena.
FrameGroups frame_groups(const Pass& pass, const View<const float, 2>& x, const Ragged& frames,
                         int64_t group);

}  // namespace serene::runtime
