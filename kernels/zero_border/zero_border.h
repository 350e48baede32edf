// Zeros around a map: the padding of the convolutions that read it, laid once, never written by a producer.
// No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct ZeroBorderArgs {
  View<float, 4> y;                   // (B, T, F, C), border included
  int64_t before_t = 0, after_t = 0;  // frames of border
  int64_t before_f = 0, after_f = 0;  // bins of border, in every frame
};

// Throws Error(invalid_argument) where the border is larger than the map.
void zero_border(const ZeroBorderArgs& args, const Stream& stream);

Work zero_border_work(const ZeroBorderArgs& args);

void zero_border_cpu(const ZeroBorderArgs& args, const Stream& stream);

}  // namespace serene
