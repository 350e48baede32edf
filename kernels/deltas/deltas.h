// The features and their first and second differences over time, as channels (torchaudio's ComputeDeltas with
// a window of 5, twice).
//
//   delta(s)[t] = sum_{n = 1, 2} n (s[t + n] - s[t - n]) / (2 sum_{n = 1, 2} n^2), frames beyond the edges
//                 being the edge frames
//   y[t, f] = (x[t, f], delta(x)[t, f], delta(delta(x))[t, f])
//
// The second difference repeats the edge frames of delta(x), not of x. No workspace. y may be the interior of
// a wider map; it may not be x.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct DeltasArgs {
  View<const float, 3> x;  // (B, T, F)
  View<float, 4> y;        // (B, T, F, 3)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void deltas(const DeltasArgs& args, const Stream& stream);

Work deltas_work(const DeltasArgs& args);

void deltas_cpu(const DeltasArgs& args, const Stream& stream);

}  // namespace serene
