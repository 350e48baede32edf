#include <algorithm>
#include <cmath>

#include "kernels/position_gate/position_gate.h"

namespace serene {
namespace {

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

// Plain loops: 64 inputs a gate are next to nothing against the products of a layer.
void position_gate_cpu(const PositionGateArgs& args, const Stream& stream) {
  constexpr int64_t kRows = 16;
  const int64_t rows = args.x.size(0), d = args.weight.size(1), heads = args.scale.size(0);
  const float *first = args.weight.data, *second = first + d;
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
    for (int64_t r = task * kRows; r < std::min((task + 1) * kRows, rows); ++r) {
      for (int64_t h = 0; h < heads; ++h) {
        const float* x = args.x[r].data + h * d;
        float a = args.bias.data[0], b = args.bias.data[1];
        for (int64_t i = 0; i < d; ++i) {
          a += first[i] * x[i];
          b += second[i] * x[i];
        }
        args.y[r].data[h] = sigmoid(a) * (sigmoid(b) * args.scale.data[h] - 1) + 2;
      }
    }
  });
}

}  // namespace serene
