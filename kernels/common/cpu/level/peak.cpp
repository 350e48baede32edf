// Nothing but multiply-adds, as many as one core has: what the other loops are measured against.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {

int64_t multiply_adds(int64_t rounds, float* result) {
  // A multiply-add takes four or five cycles and two begin in each; the baseline has 16 registers.
  constexpr int kChains = 12;
  VecReg chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = set1(static_cast<float>(i));
  // Towards 1, so that no value grows or becomes denormal.
  const VecReg factor = set1(result[0]), term = set1(1.0f) - factor;
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) chains[i] = fma(chains[i], factor, term);
  }
  VecReg total{};
  for (int i = 0; i < kChains; ++i) total += chains[i];
  *result = sum(total) / (kChains * kLanes);
  return rounds * kChains * kLanes * 2;
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
