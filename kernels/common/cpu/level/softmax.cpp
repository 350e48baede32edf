// Steps of a softmax whose logits come a tile at a time (arXiv 1805.02867): after each, a row has the largest
// logit so far, and sums that are relative to it.
#include "kernels/common/cpu/level/simd.h"
#include "kernels/common/cpu/vector_kernels.h"

namespace serene::cpu::SERENE_CPU_LEVEL {
namespace {

// Rows are whole vectors in memory: of the last one, lanes beyond n are left out after they are loaded.

// x (n) becomes scale x + gate bias, in powers of two; the largest is the result.
SERENE_INLINE float add_bias(float* x, int64_t n, float scale, const float* bias, float gate) {
  VecReg largest = set1(kNoLogit);
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    const VecReg v = fma(load(bias + j), set1(gate), load(x + j) * scale);
    store(x + j, v);
    largest = max(largest, v);
  }
  if (j < n) {
    const VecReg v = fma(load_part(bias + j, n - j), set1(gate), load(x + j) * scale);
    store(x + j, v);
    largest = max(largest, first_lanes_or(v, n - j, set1(kNoLogit)));
  }
  return maximum(largest);
}

// Four at a time, as each waits for the one before it.
SERENE_INLINE float largest_of(const float* x, int64_t n) {
  constexpr int kChains = 4;
  VecReg largest[kChains];
  for (VecReg& chain : largest) chain = set1(kNoLogit);
  int64_t j = 0;
  for (; j + kChains * kLanes <= n; j += kChains * kLanes) {
#pragma GCC unroll 4
    for (int i = 0; i < kChains; ++i) largest[i] = max(largest[i], load(x + j + i * kLanes));
  }
  for (; j + kLanes <= n; j += kLanes) largest[0] = max(largest[0], load(x + j));
  if (j < n) largest[1] = max(largest[1], first_lanes_or(load(x + j), n - j, set1(kNoLogit)));
  return maximum(max(max(largest[0], largest[1]), max(largest[2], largest[3])));
}

// x (n) becomes 2^(scale x - peak), zero in the rest of the last vector; their sum is the result.
SERENE_INLINE float powers(float* x, int64_t n, VecReg scale, VecReg peak) {
  VecReg total{};
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    const VecReg p = exp2(fma(load(x + j), scale, -peak));
    store(x + j, p);
    total += p;
  }
  if (j < n) {
    const VecReg p = first_lanes(exp2(fma(load(x + j), scale, -peak)), n - j);
    store(x + j, p);
    total += p;
  }
  return sum(total);
}

// The same as pairs, from the row's start on, the last of an odd n with a zero.
SERENE_INLINE float power_pairs(float* x, int64_t n, VecReg scale, VecReg peak) {
  auto* words = reinterpret_cast<uint32_t*>(x);
  VecReg total{};
  const auto power = [&](int64_t at) __attribute__((always_inline)) {
    return exp2_for_bf16(fma(load(x + at), scale, -peak));
  };
  int64_t j = 0;
  for (; j + 2 * kLanes <= n; j += 2 * kLanes) {
    const VecReg p0 = power(j), p1 = power(j + kLanes);
    store(words + j / 2, neighbours(p0, p1));
    total += p0 + p1;
  }
  if (j < n) {
    const VecReg p0 = first_lanes(power(j), n - j);
    const VecReg p1 = n - j > kLanes ? first_lanes(power(j + kLanes), n - j - kLanes) : VecReg{};
    store(words + j / 2, neighbours(p0, p1));
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
    // Without a bias the scale waits for the powers, and the logits are not written in between.
    const bool biased = step.bias != nullptr;
    const float top =
        biased ? add_bias(x, step.n, step.scale, step.bias - r, gate) : step.scale * largest_of(x, step.n);
    const float before = step.largest[r], peak = before > top ? before : top;
    const VecReg scale = set1(biased ? 1.0f : step.scale);
    const float total =
        step.to_pairs ? power_pairs(x, step.n, scale, set1(peak)) : powers(x, step.n, scale, set1(peak));
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
