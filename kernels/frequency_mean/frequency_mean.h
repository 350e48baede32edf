// Mean over frequency of a channels-last map.
//
//   y[t, c] = 1 / F sum_f x[t, f, c]
//
// Sums are in double and in the order of frequency. No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct FrequencyMeanArgs {
  View<const float, 4> x;  // (B, T, F, C), F >= 1
  View<float, 3> y;        // (B, T, C)
};

// Throws Error(invalid_argument) on shapes that do not fit and on zero bins.
void frequency_mean(const FrequencyMeanArgs& args, const Stream& stream);

Work frequency_mean_work(const FrequencyMeanArgs& args);

void frequency_mean_cpu(const FrequencyMeanArgs& args, const Stream& stream);

}  // namespace serene
