// Clips of different lengths mixed with their enhanced selves, each by its own level (NRSER, arXiv
// 2309.01164): the cleaner the more of the original.
//
//   y[n] = c_b x[n] + (1 - c_b) e[n],  c_b the level of the clip that sample n is of
//
// Enhanced samples are in segments, as cut_segments lays them out. No workspace. y may be x.
#pragma once

#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct LevelMixArgs {
  View<const float, 1> x;      // (N) samples of all clips
  Ragged clips;                // of x
  View<const float, 2> e;      // (S, L) enhanced, contiguous
  Ragged segments;             // of e's rows
  View<const float, 2> level;  // (clips, 1) c
  View<float, 1> y;            // (N)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void level_mix(const LevelMixArgs& args, const Stream& stream);

Work level_mix_work(const LevelMixArgs& args);

void level_mix_cpu(const LevelMixArgs& args, const Stream& stream);

}  // namespace serene
