// How much of WavLM's bias by distance a query takes, of its head's share of the attention's input (arXiv
// 2110.13900).
//
//   u_i = weight[i] . x[r, h D .. (h + 1) D] + bias[i],  y[r, h] = s(u_0) (s(u_1) scale[h] - 1) + 2
//
// s is the sigmoid. The published network has eight rows of weights and adds up s's arguments in fours, which
// is folded here. No workspace.
#pragma once

#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct PositionGateArgs {
  View<const float, 2> x;       // (R, H D)
  View<const float, 2> weight;  // (2, D), contiguous
  View<const float, 1> bias;    // (2)
  View<const float, 1> scale;   // (H)
  View<float, 2> y;             // (R, H)
};

// Throws Error(invalid_argument) on shapes that do not fit.
void position_gate(const PositionGateArgs& args, const Stream& stream);

Work position_gate_work(const PositionGateArgs& args);

void position_gate_cpu(const PositionGateArgs& args, const Stream& stream);

}  // namespace serene
