// A depthwise convolution along rows, a thread having some positions of one channel in registers.
#pragma once

#include "kernels/common/gpu/device.h"

namespace serene::gpu {

// sums[i] += sum over `count` taps of taps[tap * ldt] input(i + tap). input(row) is asked for rows 0 to
// kPositions + count - 2.
//
// Eight taps at a time: an input is read once for eight taps and not once for each, 3 reads for 16 FMA at 16
// positions instead of 17. Each sum is added up in the order of the taps.
template <int kPositions, class Input>
SERENE_DEVICE void add_depthwise(float (&sums)[kPositions], Input input, const float* taps, int ldt,
                                 int count) {
  constexpr int kTaps = 8;
  for (int tap = 0; tap < count; tap += kTaps) {
    float inputs[kPositions + kTaps - 1];
    SERENE_UNROLL
    for (int i = 0; i < kPositions + kTaps - 1; ++i)
      inputs[i] = tap + i < kPositions + count - 1 ? input(tap + i) : 0.0f;
    SERENE_UNROLL
    for (int j = 0; j < kTaps; ++j) {
      // Not a weight of zero: an infinity elsewhere would become a NaN here.
      if (tap + j < count) {
        const float weight = taps[(tap + j) * ldt];
        SERENE_UNROLL
        for (int i = 0; i < kPositions; ++i) sums[i] = __fmaf_rn(weight, inputs[i + j], sums[i]);
      }
    }
  }
}

}  // namespace serene::gpu
