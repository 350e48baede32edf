// Level of a clip to one, and its length to whole hops (CMGAN, arXiv 2203.15149).
//
//   gain = sqrt(N / sum x^2), 1 for a silent clip;  y[n] = gain x[n mod N], n < P
//
// The clip's own first samples fill up its end. No workspace. A gain above kMaxGain would soon overflow: such
// a clip, 240 dB below full scale, counts as silent.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

inline constexpr double kMaxGain = 1e12;

struct RmsNormalizeArgs {
  View<const float, 2> x;  // (B, N), N >= 1
  View<float, 2> y;        // (B, P), P >= N
  View<float, 1> gain;     // (B)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void rms_normalize(const RmsNormalizeArgs& args, const Stream& stream);

Work rms_normalize_work(const RmsNormalizeArgs& args);

void rms_normalize_cpu(const RmsNormalizeArgs& args, const Stream& stream);

}  // namespace serene
