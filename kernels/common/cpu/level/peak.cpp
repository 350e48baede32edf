// Nothing but multiply-adds, as many as one core has: what the other loops are measured against.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

// A multiply-add takes four or five cycles and two begin in each; the baseline has 16 registers.
constexpr int kChains = 12;
// One of pairs takes about twice as long.
#if defined(__AVX512BF16__)
constexpr int kPairChains = 24;
#else
constexpr int kPairChains = 12;
#endif

}  // namespace

int64_t multiply_adds(int64_t rounds, float* result) {
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

int64_t multiply_adds_bf16(int64_t rounds, float* result) {
  VecReg chains[kPairChains];
  for (int i = 0; i < kPairChains; ++i) chains[i] = set1(static_cast<float>(i));
  // What a pair adds, its other half takes away.
  const VecPairs factors = pairs_of(set1(result[0]), set1(-result[0])),
                 ones = pairs_of(set1(1.0f), set1(1.0f));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < kPairChains; ++i) chains[i] = multiply_add(factors, ones, chains[i]);
  }
  VecReg total{};
  for (int i = 0; i < kPairChains; ++i) total += chains[i];
  *result = sum(total) / (kPairChains * kLanes);
  return rounds * kPairChains * kLanes * 4;
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
