// 64 rows of a map in shared memory, layer-normed or as they are, for products with weights.
#pragma once

#include "kernels/common/gpu/warp_reduce.h"
#include "kernels/common/gpu/weight_tiles.h"

namespace serene::gpu {

inline constexpr int kTileRows = 64;

// Rows (s0, s1, n) of a strided map, counted through.
struct Rows {
  int64_t count;  // S0 S1 N
  int64_t s1, n;
  int64_t stride_s0, stride_s1, stride_n;
};

SERENE_DEVICE int64_t row_offset(const Rows& rows, int64_t row) {
  const int64_t n = row % rows.n, sequence = row / rows.n;
  return sequence / rows.s1 * rows.stride_s0 + sequence % rows.s1 * rows.stride_s1 + n * rows.stride_n;
}

// Where a tile's rows are in the output and in the residual, -1 after the last: worked out once a tile, as a
// division of 64 bits takes longer than an element's products.
struct RowPlaces {
  int64_t y[kTileRows], residual[kTileRows];
};

// Of rows [first, first + count), 64 at most. No barrier after it.
SERENE_DEVICE void find_places(RowPlaces& places, const Rows& y, const Rows& residual, bool has_residual,
                               int64_t first, int64_t count) {
  for (int i = static_cast<int>(threadIdx.x); i < kTileRows; i += kTileThreads) {
    places.y[i] = i < count ? row_offset(y, first + i) : -1;
    places.residual[i] = i < count && has_residual ? row_offset(residual, first + i) : -1;
  }
}

// Floats between rows of `width` values: zeros up to the next 16, then 4 more against bank conflicts.
SERENE_HOST_DEVICE constexpr int tile_lda(int width) { return (width + kTileK - 1) / kTileK * kTileK + 4; }

// Layer norm of rows [first, first + 64) into `tile`, zeros around; a warp has 8 rows, one after another. The
// variance is that of values with their mean taken off. No barrier after it.
SERENE_DEVICE void layer_norm_rows(float* tile, const float* x, const Rows& rows, int64_t first, int width,
                                   const float* weight, const float* bias, float eps) {
  const int lane = static_cast<int>(threadIdx.x) % 32, lda = tile_lda(width);
  const int padded = (width + kTileK - 1) / kTileK * kTileK;
  for (int row = static_cast<int>(threadIdx.x) / 32; row < kTileRows; row += kTileThreads / 32) {
    float* to = tile + row * lda;
    if (first + row >= rows.count) {
      for (int c = lane; c < padded; c += 32) to[c] = 0;
      continue;
    }
    const float* from = x + row_offset(rows, first + row);
    float sum = 0;
    for (int c = lane; c < width; c += 32) sum += from[c];
    const float mean = warp_sum(sum) / static_cast<float>(width);
    float squares = 0;
    for (int c = lane; c < width; c += 32) squares += (from[c] - mean) * (from[c] - mean);
    const float scale = 1 / sqrtf(warp_sum(squares) / static_cast<float>(width) + eps);
    for (int c = lane; c < padded; c += 32)
      to[c] = c < width ? (from[c] - mean) * scale * weight[c] + bias[c] : 0.0f;
  }
}

// Rows [first, first + 64) of contiguous (count, width) into `tile`, zeros around. No barrier after it.
SERENE_DEVICE void copy_rows(float* tile, const float* x, int64_t ld, int64_t count, int64_t first,
                             int width) {
  const int lda = tile_lda(width), padded = (width + kTileK - 1) / kTileK * kTileK;
  for (int i = static_cast<int>(threadIdx.x); i < kTileRows * padded; i += kTileThreads) {
    const int row = i / padded, c = i % padded;
    tile[row * lda + c] = first + row < count && c < width ? x[(first + row) * ld + c] : 0.0f;
  }
}

// By the hardware's own 2^x and division: off by less than a float's rounding where the result is not tiny.
SERENE_DEVICE float sigmoid(float x) { return __fdividef(1, 1 + exp2_approx(-1.44269504f * x)); }
SERENE_DEVICE float silu(float x) { return x * sigmoid(x); }

}  // namespace serene::gpu
