// A weight in bf16 in shared memory, in the order in which warps multiply with it: a lane has the operands of
// two products of 16 x 8 x 16 in 16 bytes, which no other lane's access meets in a bank.
//
// Of 16 rows of K lane t of four has rows 4 t to 4 t + 3, and of 16 columns of sums columns 4 t to 4 t + 3,
// where the instruction has 2 t, 2 t + 1, 2 t + 8, 2 t + 9 (mma.h): rows and columns of a weight are in
// another order in both, so that a lane reads and writes a row's values 16 bytes at a time, and sums are
// operands of the next product as they are.
#pragma once

#include "kernels/common/gpu/mma.h"
#include "kernels/common/gpu/weight_tiles.h"

namespace serene::gpu {

// For each 16 rows of K (a step) and each 16 columns (a panel), step by step: 32 lanes, four words each.
SERENE_HOST_DEVICE constexpr int fragment_words(int steps, int panels) { return steps * panels * 128; }

// Brings panels [panel, panel + panels) of a weight to shared memory, zeros beyond its edges; the weight has
// pairs. All threads of the block; no barrier after it.
SERENE_DEVICE void stage_fragments(uint32_t* to, const Weights& weights, int steps, int panel, int panels) {
  const int pairs = weights.k / 2, there = (weights.n + 15) / 16, quads = steps * panels * 32;
  for (int i = static_cast<int>(threadIdx.x); i < quads; i += static_cast<int>(blockDim.x)) {
    // Four columns of a row of pairs; rows of a panel follow one another in memory.
    const int quad = i % 4, row = i / 4 % (8 * steps), p = i / (32 * steps);
    uint4 four = {0, 0, 0, 0};
    if (row < pairs && panel + p < there) {
      four = *reinterpret_cast<const uint4*>(weights.pairs +
                                             (static_cast<int64_t>(panel + p) * pairs + row) * 16 + 4 * quad);
    }
    // Word 2 j + h of lane 4 g + t is pair 2 t + h of column 4 (g / 2) + 2 j + g % 2.
    uint32_t* const at = to + (row / 8 * panels + p) * 128 + (8 * quad + row % 8 / 2) * 4 + row % 2;
    at[0] = four.x;
    at[16] = four.y;
    at[2] = four.z;
    at[18] = four.w;
  }
}

// Sums += rows of `left`, kSteps fragments, times a panel. low[0], low[1], high[0], high[1] are columns 4 t
// to 4 t + 3 of row g; [2], [3] of row g + 8. `panel`: the panel's fragment of the first step; `stride` words
// on is that of the next.
template <int kSteps>
SERENE_DEVICE void add_panel(float (&low)[4], float (&high)[4], const uint32_t (&left)[kSteps][4],
                             const uint32_t* panel, int stride) {
  const uint32_t* const mine = panel + static_cast<int>(threadIdx.x) % 32 * 4;
  SERENE_UNROLL
  for (int step = 0; step < kSteps; ++step) {
    const uint4 four = *reinterpret_cast<const uint4*>(mine + step * stride);
    const uint32_t first[2] = {four.x, four.y}, second[2] = {four.z, four.w};
    mma_m16n8k16_bf16(low, left[step], first, low);
    mma_m16n8k16_bf16(high, left[step], second, high);
  }
}

}  // namespace serene::gpu
