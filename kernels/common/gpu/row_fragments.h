// 16 rows of a map in a warp's registers, as operands of products in bf16: from layer norm to the last
// product no row passes through shared memory, and no warp waits for another.
//
// Lane 4 g + t has of rows g and g + 8 columns 4 t to 4 t + 3 of each 16 (weight_fragments.h): a row is with
// four lanes. Rows are a multiple of four wide, aligned to 16 bytes, and fewer than 2^31.
#pragma once

#include "kernels/common/gpu/bf16.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/common/gpu/whole_lines.h"

namespace serene::gpu {

inline constexpr int kWarpRows = 16;
inline constexpr int kFragmentThreads = 256;
inline constexpr int kFragmentRows = kFragmentThreads / 32 * kWarpRows;  // of a block at a time
inline constexpr int kMostFragmentSteps = 4;                             // of 16 columns: 64 wide

SERENE_DEVICE int64_t row_offset_32(const Rows& rows, uint32_t row) {
  const auto n = static_cast<uint32_t>(rows.n), s1 = static_cast<uint32_t>(rows.s1);
  const uint32_t sequence = row / n, s0 = sequence / s1;
  return s0 * rows.stride_s0 + (sequence - s0 * s1) * rows.stride_s1 + (row - sequence * n) * rows.stride_n;
}

// Where this lane's two rows are, -1 beyond the last.
struct LaneRows {
  int64_t at[2];
};
SERENE_DEVICE LaneRows lane_rows(const Rows& rows, int64_t first) {
  const int g = static_cast<int>(threadIdx.x) % 32 / 4;
  LaneRows places;
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    const int64_t row = first + g + 8 * i;
    places.at[i] = row < rows.count ? row_offset_32(rows, static_cast<uint32_t>(row)) : -1;
  }
  return places;
}

// The rows as they are: values[i][j] is columns 16 j + 4 t to 16 j + 4 t + 3 of row g + 8 i, zero beyond the
// edges.
template <int kSteps>
SERENE_DEVICE void load_rows(float4 (&values)[2][kSteps], const float* x, const LaneRows& places, int width) {
  const int t = static_cast<int>(threadIdx.x) % 4;
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    SERENE_UNROLL
    for (int j = 0; j < kSteps; ++j) {
      const int c = 16 * j + 4 * t;
      values[i][j] = places.at[i] >= 0 && c < width ? *reinterpret_cast<const float4*>(x + places.at[i] + c)
                                                    : make_float4(0, 0, 0, 0);
    }
  }
}

// Layer norm of them in place; the variance is that of values with their mean taken off. `weight` and `bias`
// in shared memory, 16 kSteps values each, aligned to 16 bytes.
template <int kSteps>
SERENE_DEVICE void normalize_rows(float4 (&values)[2][kSteps], int width, const float* weight,
                                  const float* bias, float eps) {
  const int t = static_cast<int>(threadIdx.x) % 4;
  float scales[2];
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    float sum = 0;
    SERENE_UNROLL
    for (int j = 0; j < kSteps; ++j)
      sum += (values[i][j].x + values[i][j].y) + (values[i][j].z + values[i][j].w);
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 2);
    const float mean = sum / static_cast<float>(width);
    float squares = 0;
    SERENE_UNROLL
    for (int j = 0; j < kSteps; ++j) {
      if (16 * j + 4 * t >= width) continue;
      float4& v = values[i][j];
      v = make_float4(v.x - mean, v.y - mean, v.z - mean, v.w - mean);
      squares += (v.x * v.x + v.y * v.y) + (v.z * v.z + v.w * v.w);
    }
    squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 1);
    squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 2);
    scales[i] = 1 / sqrtf(squares / static_cast<float>(width) + eps);
  }
  SERENE_UNROLL
  for (int j = 0; j < kSteps; ++j) {
    // Both are zero beyond the width.
    const float4 w = *reinterpret_cast<const float4*>(weight + 16 * j + 4 * t);
    const float4 b = *reinterpret_cast<const float4*>(bias + 16 * j + 4 * t);
    SERENE_UNROLL
    for (int i = 0; i < 2; ++i) {
      float4& v = values[i][j];
      v = make_float4(v.x * scales[i] * w.x + b.x, v.y * scales[i] * w.y + b.y, v.z * scales[i] * w.z + b.z,
                      v.w * scales[i] * w.w + b.w);
    }
  }
}

// The rows as left operands, one for each 16 columns.
template <int kSteps>
SERENE_DEVICE void left_operands(uint32_t (&left)[kSteps][4], const float4 (&values)[2][kSteps]) {
  SERENE_UNROLL
  for (int step = 0; step < kSteps; ++step) {
    SERENE_UNROLL
    for (int i = 0; i < 2; ++i) {
      left[step][i] = pack_bf16(values[i][step].x, values[i][step].y);
      left[step][2 + i] = pack_bf16(values[i][step].z, values[i][step].w);
    }
  }
}

// The same of rows [first, first + 16), layer-normed.
template <int kSteps>
SERENE_DEVICE void normed_operands(uint32_t (&left)[kSteps][4], const float* x, const Rows& rows,
                                   int64_t first, int width, const float* weight, const float* bias,
                                   float eps) {
  float4 values[2][kSteps];
  load_rows<kSteps>(values, x, lane_rows(rows, first), width);
  normalize_rows<kSteps>(values, width, weight, bias, eps);
  left_operands<kSteps>(left, values);
}

// visit(first) for each 16 of `count` rows that this warp has, where a block goes through `tiles` times
// kFragmentRows.
template <class Visit>
SERENE_DEVICE void each_warp_rows(int64_t count, int tiles, Visit visit) {
  for (int tile = 0; tile < tiles; ++tile) {
    const int64_t first = (static_cast<int64_t>(blockIdx.x) * tiles + tile) * kFragmentRows +
                          static_cast<int>(threadIdx.x) / 32 * kWarpRows;
    if (first >= count) return;
    visit(first);
  }
}

// What the sums of a panel become as the left operand of the next product.
SERENE_DEVICE void left_operand(uint32_t (&left)[4], const float (&low)[4], const float (&high)[4]) {
  left[0] = pack_bf16(low[0], low[1]);
  left[1] = pack_bf16(low[2], low[3]);
  left[2] = pack_bf16(high[0], high[1]);
  left[3] = pack_bf16(high[2], high[3]);
}

// Two panels of a warp's sums, 32 columns of rows g and g + 8, to rows `ld` apart, in whole lines. `there`:
// rows; all lanes together. `width`: of what is left of a row.
SERENE_DEVICE void store_panels(float* y, int64_t ld, const float (&sums)[4][4], int64_t there, int width) {
  const int lane = static_cast<int>(threadIdx.x) % 32, g = lane / 4, t = lane % 4, odd = g % 2;
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    const float4 low = make_float4(sums[0][2 * i], sums[0][2 * i + 1], sums[1][2 * i], sums[1][2 * i + 1]);
    const float4 high = make_float4(sums[2][2 * i], sums[2][2 * i + 1], sums[3][2 * i], sums[3][2 * i + 1]);
    const float4 taken = trade_half(low, high);
    const int row = g - odd + 8 * i, c = 16 * odd + 4 * t;
    if (c >= width) continue;
    if (row < there) *reinterpret_cast<float4*>(y + row * ld + c) = odd ? taken : low;
    if (row + 1 < there) *reinterpret_cast<float4*>(y + (row + 1) * ld + c) = odd ? high : taken;
  }
}

// y = scale (sums + bias) [+ residual]; sums[2 j] and sums[2 j + 1] are a panel's. `bias` in shared memory,
// 16 kSteps values; `residual` may be null, and y.
template <int kSteps>
SERENE_DEVICE void store_rows(float* y, const LaneRows& places, const float (&sums)[2 * kSteps][4], int width,
                              float scale, const float* bias, const float* residual,
                              const LaneRows& residual_places) {
  const int t = static_cast<int>(threadIdx.x) % 4;
  // Read before anything is written: the compiler cannot know that y holds no residual that is still to be
  // read.
  float4 more[2][kSteps] = {};
  if (residual != nullptr) load_rows<kSteps>(more, residual, residual_places, width);
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    if (places.at[i] < 0) continue;
    SERENE_UNROLL
    for (int j = 0; j < kSteps; ++j) {
      const int c = 16 * j + 4 * t;
      if (c >= width) continue;
      const float4 b = *reinterpret_cast<const float4*>(bias + c);
      *reinterpret_cast<float4*>(y + places.at[i] + c) =
          make_float4(scale * (sums[2 * j][2 * i] + b.x) + more[i][j].x,
                      scale * (sums[2 * j][2 * i + 1] + b.y) + more[i][j].y,
                      scale * (sums[2 * j + 1][2 * i] + b.z) + more[i][j].z,
                      scale * (sums[2 * j + 1][2 * i + 1] + b.w) + more[i][j].w);
    }
  }
}

// Brings `count` values to shared memory, zeros up to `room`. All threads of the block; no barrier after it.
SERENE_DEVICE void stage_values(float* to, const float* from, int count, int room) {
  for (int i = static_cast<int>(threadIdx.x); i < room; i += static_cast<int>(blockDim.x))
    to[i] = i < count ? from[i] : 0;
}

}  // namespace serene::gpu
