// The recurrence of a bidirectional GRU layer over clips of different lengths, PyTorch's cell. What the gates
// take from the input, W_i x + b_i of both directions, comes from one product (linear).
//
//   r = sigmoid(gates_r + W_hr h + b_hr), z likewise, n = tanh(gates_n + r (W_hn h + b_hn)), h = (1 - z) n +
//   z h
//
// h begins at 0 at the first row of a clip, going forward, and at its last, going back. fp32 in every
// precision of a model: rounding errors of a step reach all later steps. Workspace: gru_workspace.
#pragma once

#include "kernels/common/packed_matrix.h"
#include "kernels/common/ragged.h"
#include "kernels/common/stream.h"
#include "kernels/common/view.h"
#include "kernels/common/work.h"

namespace serene {

struct GruArgs {
  View<const float, 2> gates;  // (R, 6 U): r, z, n going forward, r, z, n going back
  Ragged clips;
  const PackedMatrix* forward = nullptr;   // W_h (U, 3 U), r, z, n
  const PackedMatrix* backward = nullptr;  // likewise
  View<const float, 2> bias;               // (2, 3 U) b_h, forward first
  View<float, 2> y;                        // (R, 2 U): h forward, h backward
  Workspace workspace;
};

size_t gru_workspace(int64_t units, const Stream& stream);

// Throws Error(invalid_argument) on shapes that do not fit, Error(unsupported) on more units than a GPU's
// shared memory holds.
void gru(const GruArgs& args, const Stream& stream);

Work gru_work(const GruArgs& args);

void gru_cpu(const GruArgs& args, const Stream& stream);

}  // namespace serene
