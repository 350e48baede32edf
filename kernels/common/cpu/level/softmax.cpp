// Steps of a softmax whose logits come a tile at a time (arXiv 1805.02867): after each, a row has the largest
// logit so far, and sums that are relative to it.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

// x (n) becomes scale x + gate bias, in powers of two; the largest is the result.
SERENE_INLINE float finish_logits(float* x, int64_t n, float scale, const float* bias, float gate) {
  VecReg largest = set1(kNoLogit);
  for (int64_t j = 0; j < n; j += kLanes) {
    const int64_t left = n - j;
    VecReg v = (left < kLanes ? load_part(x + j, left) : load(x + j)) * scale;
    if (bias != nullptr) v = fma(left < kLanes ? load_part(bias + j, left) : load(bias + j), set1(gate), v);
    if (left < kLanes) {
      store_part(x + j, v, left);
      for (int i = 0; i < kLanes; ++i) v[i] = i < left ? v[i] : kNoLogit;
    } else {
      store(x + j, v);
    }
    largest = max(largest, v);
  }
  return maximum(largest);
}

SERENE_INLINE VecReg power_at(const float* x, int64_t left, VecReg peak, bool bf16) {
  if (left <= 0) return VecReg{};
  const VecReg v = (left < kLanes ? load_part(x, left) : load(x)) - peak;
  const VecReg p = bf16 ? exp2_for_bf16(v) : exp2(v);
  return left < kLanes ? first_lanes(p, left) : p;
}

// x (n) becomes 2^(x - peak); their sum is the result.
SERENE_INLINE float powers(float* x, int64_t n, VecReg peak) {
  VecReg total{};
  for (int64_t j = 0; j < n; j += kLanes) {
    const VecReg p = power_at(x + j, n - j, peak, false);
    if (n - j < kLanes) {
      store_part(x + j, p, n - j);
    } else {
      store(x + j, p);
    }
    total += p;
  }
  return sum(total);
}

// The same as pairs, from the row's start on; an odd n is followed by a zero.
SERENE_INLINE float power_pairs(float* x, int64_t n, VecReg peak) {
  auto* words = reinterpret_cast<uint32_t*>(x);
  VecReg total{};
  for (int64_t j = 0; j < n; j += 2 * kLanes) {
    const VecReg p0 = power_at(x + j, n - j, peak, true);
    const VecReg p1 = power_at(x + j + kLanes, n - j - kLanes, peak, true);
    const int64_t left = (n - j + 1) / 2;
    if (left < kLanes) {
      store_part(words + j / 2, neighbours(p0, p1), left);
    } else {
      store(words + j / 2, neighbours(p0, p1));
    }
    total += p0 + p1;
  }
  return sum(total);
}

}  // namespace

void softmax_step(const SoftmaxStep& step) {
  constexpr float kLog2E = 1.44269504088896341f;
  for (int64_t r = 0; r < step.rows; ++r) {
    float* x = step.logits + r * step.ld;
    const float gate = step.gate == nullptr ? kLog2E : kLog2E * step.gate[r * step.ld_gate];
    const float top =
        finish_logits(x, step.n, step.scale, step.bias == nullptr ? nullptr : step.bias - r, gate);
    const float before = step.largest[r], peak = before > top ? before : top;
    const float total = step.to_pairs ? power_pairs(x, step.n, set1(peak)) : powers(x, step.n, set1(peak));
    const VecReg shrink = exp2(set1(before - peak));
    step.largest[r] = peak;
    step.total[r] = step.total[r] * shrink[0] + total;
    float* sums = step.sums + r * step.d;
    for (int64_t k = 0; k < step.d; k += kLanes) {
      const int64_t left = step.d - k;
      if (left < kLanes) {
        store_part(sums + k, load_part(sums + k, left) * shrink, left);
      } else {
        store(sums + k, load(sums + k) * shrink);
      }
    }
  }
}

}  // namespace serene::cpu::SERENE_CPU_LEVEL
