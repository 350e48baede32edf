// PReLU with a slope per element of the last dimension: y = x for x >= 0, else slope * x, in place. No
// workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct PreluArgs {
  View<float, 3> x;            // (B, T, C)
  View<const float, 1> slope;  // (C)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void prelu(const PreluArgs& args, const Stream& stream);

Work prelu_work(const PreluArgs& args);

void prelu_cpu(const PreluArgs& args, const Stream& stream);

}  // namespace serene
