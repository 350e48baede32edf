// WavLM's bias by distance (arXiv 2110.13900), as 2 L - 1 numbers a head: a row of the T x T matrix is a run
// of them.
//
//   y[h, L - 1 + r] = table[bucket(r), h], r = key - query
//
// With n = buckets / 2 and e = n / 2, bucket(r) is n where r > 0, else 0, plus |r| below e, and
// min(n - 1, floor(e + ln(|r| / e) / ln(largest / e) (n - e))) from there on, in double. No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct PositionBiasArgs {
  View<const float, 2> table;  // (buckets, H), a multiple of 4 buckets
  int64_t largest = 0;         // distance with a bucket of its own, more than buckets / 4
  View<float, 2> y;            // (H, 2 L - 1)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void position_bias(const PositionBiasArgs& args, const Stream& stream);

Work position_bias_work(const PositionBiasArgs& args);

void position_bias_cpu(const PositionBiasArgs& args, const Stream& stream);

}  // namespace serene
