// Tiles of a PackedMatrix on their way through shared memory, the next one under way while one is used.
#pragma once

#include "kernels/common/gpu/cp_async.h"
#include "kernels/common/gpu/tile_product.h"

namespace serene::gpu {

inline constexpr int kTileK = 16;  // rows of K in a tile

// A PackedMatrix as a kernel sees it: [ceil(n / 16)][k][16].
struct Weights {
  const float* data;
  int k, n;
  const uint32_t* pairs;  // [ceil(n / 16)][k / 2][16], bf16; null where the inputs are odd in number
};

struct WeightTile {
  float values[kTileK * kTileLdb];
};

// Begins to copy rows [k, k_end), at most 16, of columns [column, column + 64); zeros beyond the matrix.
// column % 4 == 0 makes it 16 bytes at a time.
SERENE_DEVICE void stage_weights(WeightTile& tile, const Weights& weights, int column, int k, int k_end) {
  const int quad = static_cast<int>(threadIdx.x) % 4, row = static_cast<int>(threadIdx.x) / 4 % kTileK;
  const int offset = static_cast<int>(threadIdx.x) / 64 * 16 + quad * 4;
  float* to = tile.values + row * kTileLdb + offset;
  const int first = column + offset, inner = k + row;
  const int panels = (weights.n + 15) / 16;
  const auto at = [&](int n) {
    return weights.data + (static_cast<int64_t>(n / 16) * weights.k + inner) * 16 + n % 16;
  };
  if (column % 4 == 0) {
    const bool there = inner < k_end && first / 16 < panels;
    cp_async<16>(to, there ? at(first) : weights.data, there ? 16 : 0);
  } else {
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) {
      const bool there = inner < k_end && (first + i) / 16 < panels;
      cp_async<4>(to + i, there ? at(first + i) : weights.data, there ? 4 : 0);
    }
  }
}

// product += a W[k_begin : k_end, column : column + 64], a in shared memory with the column k_begin first,
// zero up to the next multiple of 16, float or Bf16. Barriers come before the first use of a and of `tiles`,
// and after the last.
template <Precision kPrecision, int kRows, class Left>
SERENE_DEVICE void add_weights(TileProduct<kPrecision, kRows>& product, const Left* a, int lda,
                               WeightTile (&tiles)[2], const Weights& weights, int column, int k_begin,
                               int k_end) {
  __syncthreads();
  stage_weights(tiles[0], weights, column, k_begin, k_end);
  cp_async_commit();
  for (int k = k_begin, turn = 0; k < k_end; k += kTileK, turn ^= 1) {
    if (k + kTileK < k_end) stage_weights(tiles[turn ^ 1], weights, column, k + kTileK, k_end);
    cp_async_commit();
    cp_async_wait<1>();
    __syncthreads();
    product.add(a + (k - k_begin), lda, tiles[turn].values, kTileK);
    __syncthreads();
  }
}

}  // namespace serene::gpu
