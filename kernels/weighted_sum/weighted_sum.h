// A term of the softmax-weighted sum of an encoder's states, added as the state appears: the states are not
// kept.
//
//   y = softmax(logits)[index] x [+ y]
//
// No workspace. y may be x where nothing is added to it.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct WeightedSumArgs {
  View<const float, 2> x;       // (R, C)
  View<const float, 1> logits;  // (L), one of each state
  int64_t index = 0;            // of x among the states
  bool add = false;             // to what y has
  View<float, 2> y;             // (R, C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void weighted_sum(const WeightedSumArgs& args, const Stream& stream);

Work weighted_sum_work(const WeightedSumArgs& args);

void weighted_sum_cpu(const WeightedSumArgs& args, const Stream& stream);

}  // namespace serene
