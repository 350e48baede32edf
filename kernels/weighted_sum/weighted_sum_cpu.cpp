#include <algorithm>
#include <cmath>

#include "kernels/weighted_sum/weighted_sum.h"

namespace serene {

void weighted_sum_cpu(const WeightedSumArgs& args, const Stream& stream) {
  constexpr int64_t kRows = 32;
  const int64_t rows = args.x.size(0), c = args.x.size(1);
  const float* logits = args.logits.data;
  const double largest = *std::max_element(logits, logits + args.logits.size(0));
  double sum = 0;
  for (int64_t i = 0; i < args.logits.size(0); ++i) sum += std::exp(logits[i] - largest);
  const auto share = static_cast<float>(std::exp(logits[args.index] - largest) / sum);
  stream.pool->parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int) {
    for (int64_t r = task * kRows; r < std::min((task + 1) * kRows, rows); ++r) {
      const float* x = args.x[r].data;
      float* y = args.y[r].data;
      if (args.add) {
        for (int64_t i = 0; i < c; ++i) y[i] += share * x[i];
      } else {
        for (int64_t i = 0; i < c; ++i) y[i] = share * x[i];
      }
    }
  });
}

}  // namespace serene
