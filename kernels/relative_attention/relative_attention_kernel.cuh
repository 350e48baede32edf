// Self-attention with relative positions on a GPU, in three kernels over a workspace of (R, 3 C), R = S0 S1
// N.
//
// norm_project_kernel, grid x over tiles of 64 rows: layer norm and the projections to queries, keys, values.
// 6 C^2 FLOP a row for 4 C floats: 24 FLOP a byte at C = 64.
//
// Attention, grid x over sequences and tiles of 128 queries, y over heads. Keys and values of a tile of 64
// keys come to shared memory, and the distances that they meet the queries at; memory is read once a tile of
// queries. 6 D FLOP and an exponential for each pair of positions, nothing of size N x N. Outputs take the
// place of the queries, which are read before by the same warp and by no other.
//
// In fp32 attention_kernel<D>: a thread has a query, its running maximum, sum and D outputs in registers.
// Every thread reads the same key, and rows of the distances that follow one another, D + 1 floats apart, so
// no bank is met twice. Bound by shared memory: D + 2 D / 4 reads of a warp for 3 D FMA. Shared memory at D =
// 16: 8 KB keys and values, 13 KB distances.
//
// In tf32 and bf16 warp_attention_kernel<precision, D>, D of 16 or 32: a warp has 32 queries, two sixteens of
// rows of a fragment (warp_attention.cuh), four warps a block. Queries, which are scaled first, keys, values,
// distances and the softmax's shares are rounded where they become operands; scores, maxima and sums are
// fp32. A tile is put beside the one in use, and only 64 rows of distances are new in it: the others stay in
// a ring. At D = 16 24 KB of shared memory in bf16 and 42 KB in tf32, 16 and 12 warps an SM. For 32 queries
// and 32 keys at D = 16 an SM of sm_90 takes, by what nvcc makes of it:
//
//                     instructions   exponentials   shared memory   tensor cores
//   bf16, cycles       335: 84         36: 72          64              56
//   tf32, cycles       409: 102        36: 72          88              96
//
// at four instructions, 16 exponentials, an access of a warp, and 1024 FMA (512 in tf32: sm_80's rates) a
// cycle; and 20 or 25 cycles for its part of a tile's way to shared memory. fp32 takes 768, of shared memory.
// So instructions are the bound, the exponentials next: 0.13 ms at 1.7 GHz for 101 sequences of N = 801 and
// four heads on 132 SMs. With one sixteen of queries a warp shared memory would take 88 cycles in bf16, with
// a skew by way of it 32 more. Longer chunks than 32 keys cost registers, of which there are 128 for 16
// warps.
//
// project_kernel, grid x over tiles of 64 rows, y over tiles of 64 channels: the output projection, bias and
// residual. 2 C^2 FLOP a row for 3 C floats.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/query_attention.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/relative_attention/warp_attention.cuh"

namespace serene {

struct NormProjectArgs {
  const float* x;
  gpu::Rows rows;
  const float *norm_weight, *norm_bias;
  float eps;
  gpu::Weights weights;  // (C, 3 C)
  float* y;              // (R, 3 C)
};

template <Precision kPrecision>
__global__ void norm_project_kernel(NormProjectArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_DYNAMIC_SHARED(memory);
  float* const normed = reinterpret_cast<float*>(memory);
  const int channels = args.weights.k, lda = gpu::tile_lda(channels), wide = args.weights.n;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows;
  gpu::layer_norm_rows(normed, args.x, args.rows, first, channels, args.norm_weight, args.norm_bias,
                       args.eps);
  for (int column = 0; column < wide; column += gpu::kTileColumns) {
    gpu::TileProduct<kPrecision, gpu::kTileRows> product;
    product.clear();
    gpu::add_weights(product, normed, lda, tiles, args.weights, column, 0, channels);
    product.each([&](int row, int c, float sum) {
      if (first + row < args.rows.count && column + c < wide) args.y[(first + row) * wide + column + c] = sum;
    });
  }
}

inline constexpr int kQueries = 128;  // of a block, one a thread
inline constexpr int kKeys = 64;      // of a tile

struct AttentionArgs {
  float* qkv;              // (S0 S1, N, 3 C); outputs to the first C
  const float* distances;  // (D, stride), column 2 P - m of distance m - P
  int64_t stride;
  int64_t n;
  int channels, d, clip;
  float scale;  // log2(e) D^-1/2
  int64_t tiles;
};

// kD: D or the next of 4, 8, 16, 32; what lies between is zero.
template <int kD>
__global__ void attention_kernel(AttentionArgs args) {
  constexpr int kBand = kQueries + kKeys - 1;
  SERENE_SHARED(keys, float[kKeys][kD]);
  SERENE_SHARED(values, float[kKeys][kD]);
  SERENE_SHARED(band, float[kBand][kD + 1]);
  const int thread = static_cast<int>(threadIdx.x), head = static_cast<int>(blockIdx.y);
  const int wide = 3 * args.channels;
  const int64_t sequence = blockIdx.x / args.tiles, first = blockIdx.x % args.tiles * kQueries;
  float* const rows = args.qkv + sequence * args.n * wide + head * args.d;

  gpu::QueryAttention<kD> attention;
  attention.clear();
  const bool inside = first + thread < args.n;
  SERENE_UNROLL
  for (int k = 0; k < kD; ++k) {
    attention.query[k] = inside && k < args.d ? rows[(first + thread) * wide + k] * args.scale : 0.0f;
  }
  for (int64_t key = 0; key < args.n; key += kKeys) {
    __syncthreads();
    for (int i = thread; i < kKeys * kD; i += kQueries) {
      const int row = i / kD, k = i % kD;
      const bool there = key + row < args.n && k < args.d;
      const float* from = rows + (key + row) * wide + args.channels + k;
      keys[row][k] = there ? from[0] : 0.0f;
      values[row][k] = there ? from[args.channels] : 0.0f;
    }
    // Row r of the band: queries ahead of their key by r - (kKeys - 1), counted from the tiles' first ones.
    for (int i = thread; i < kBand * kD; i += kQueries) {
      const int r = i % kBand, k = i / kBand;
      int64_t distance = first - key + r - (kKeys - 1);
      if (distance > args.clip) distance = args.clip;
      if (distance < -args.clip) distance = -args.clip;
      band[r][k] = k < args.d ? args.distances[k * args.stride + args.clip - distance] : 0.0f;
    }
    __syncthreads();
    const int count = args.n - key < kKeys ? static_cast<int>(args.n - key) : kKeys;
    attention.add(keys[0], values[0], kD, band[thread + kKeys - 1], -(kD + 1), count);
  }
  if (!inside) return;
  SERENE_UNROLL
  for (int k = 0; k < kD; ++k) {
    if (k < args.d) rows[(first + thread) * wide + k] = attention.output[k] / attention.total;
  }
}

// Eight floats, zero from `count` on; `fours`: count is a multiple of four and `from` aligned to 16 bytes.
SERENE_DEVICE void load_eight(float (&x)[8], const float* from, int count, bool fours) {
  SERENE_UNROLL
  for (int i = 0; i < 8; i += 4) {
    float4 four = make_float4(0, 0, 0, 0);
    if (fours) {
      if (i < count) four = *reinterpret_cast<const float4*>(from + i);
    } else {
      if (i < count) four.x = from[i];
      if (i + 1 < count) four.y = from[i + 1];
      if (i + 2 < count) four.z = from[i + 2];
      if (i + 3 < count) four.w = from[i + 3];
    }
    x[i] = four.x, x[i + 1] = four.y, x[i + 2] = four.z, x[i + 3] = four.w;
  }
}

// A tile of keys and values beside the one in use, and the distances of both: a ring whose row c % 256 is
// that of the key c - 127 ahead of the block's first query.
template <Precision kPrecision, int kD>
struct AttentionTiles {
  using Warp = WarpAttention<kPrecision, kD>;
  using Operand = typename Warp::Operand;
  static constexpr int kThreads = kQueries / Warp::kQueries * 32;
  static constexpr int kRing = 256, kEights = kD / 8;
  static_assert(kRing == kQueries + 2 * kKeys);
  Operand keys[2][kKeys * Warp::kLd];
  Operand values[2][kKeys * Warp::kValueLd];
  Operand distances[kRing * Warp::kLd];

  SERENE_DEVICE const Operand* distance(int c) const { return distances + c % kRing * Warp::kLd; }

  // Keys [key, key + 64) and their values, zero from N on.
  SERENE_DEVICE void put_keys(int buffer, const AttentionArgs& args, const float* rows, int key) {
    const bool fours = args.d % 4 == 0;
    static_assert(kKeys * kEights % kThreads == 0);
    SERENE_UNROLL
    for (int round = 0; round < kKeys * kEights / kThreads; ++round) {
      const int i = round * kThreads + static_cast<int>(threadIdx.x);
      const int row = i / kEights, k = i % kEights * 8;
      const int count = key + row < args.n ? args.d - k : 0;
      const float* from = rows + static_cast<int64_t>(key + row) * 3 * args.channels + args.channels + k;
      float eight[8];
      load_eight(eight, from, count, fours);
      Warp::Fragment::store_eight(keys[buffer] + row * Warp::kLd + k, eight);
      load_eight(eight, from + args.channels, count, fours);
      Warp::Fragment::store_eight(values[buffer] + row * Warp::kValueLd + k, eight);
    }
  }

  // Rows [c, c + kCount) of the ring.
  template <int kCount>
  SERENE_DEVICE void put_distances(const AttentionArgs& args, int first, int c) {
    const int stride = static_cast<int>(args.stride);
    static_assert(kCount * kEights % kThreads == 0);
    SERENE_UNROLL
    for (int round = 0; round < kCount * kEights / kThreads; ++round) {
      const int i = round * kThreads + static_cast<int>(threadIdx.x);
      const int row = c + i % kCount, k = i / kCount * 8;
      const int ahead = min(max(row - (kQueries - 1) - first, -args.clip), args.clip);
      // Its values are a row of the transposed table apart.
      unsigned at = static_cast<unsigned>(k * stride + args.clip + ahead);
      float eight[8];
      SERENE_UNROLL
      for (int j = 0; j < 8; ++j) {
        eight[j] = k + j < args.d ? args.distances[at] : 0.0f;
        at += static_cast<unsigned>(stride);
      }
      Warp::Fragment::store_eight(distances + row % kRing * Warp::kLd + k, eight);
    }
  }
};

template <Precision kPrecision, int kD>
__global__ void __launch_bounds__(AttentionTiles<kPrecision, kD>::kThreads)
    warp_attention_kernel(AttentionArgs args) {
  using Tiles = AttentionTiles<kPrecision, kD>;
  using Warp = WarpAttention<kPrecision, kD>;
  SERENE_DYNAMIC_SHARED(memory);
  Tiles& tiles = *reinterpret_cast<Tiles*>(memory);
  const int n = static_cast<int>(args.n), wide = 3 * args.channels;
  const int first = static_cast<int>(blockIdx.x % args.tiles) * kQueries;
  const int below = static_cast<int>(threadIdx.x) / 32 * Warp::kQueries;  // the warp's queries in the block
  float* const rows = args.qkv + blockIdx.x / args.tiles * args.n * wide + blockIdx.y * args.d;
  const bool inside = first + below < n;

  tiles.put_keys(0, args, rows, 0);
  tiles.template put_distances<kQueries + kKeys>(args, first, 0);
  Warp warp;
  if (inside) {
    warp.begin([&](int query, int k) {
      const int row = first + below + query;
      return row < n && k < args.d ? rows[static_cast<int64_t>(row) * wide + k] * args.scale : 0.0f;
    });
  }
  // Of key 0 and the warp's query 15, its first of 16 columns of distances.
  const int column = kQueries - 16 - below;
  int buffer = 0;
  for (int key = 0; key < n; key += kKeys) {
    // The tile is there, and the one before is done with.
    __syncthreads();
    if (key + kKeys < n) {
      tiles.put_keys(1 - buffer, args, rows, key + kKeys);
      tiles.template put_distances<kKeys>(args, first, key + kQueries + kKeys);
    }
    if (inside) {
      if (key == 0) warp.begin_distances(tiles.distance(column - 16), tiles.distance(column));
      for (int chunk = 0; chunk < kKeys && key + chunk < n; chunk += Warp::kChunk) {
        warp.add(
            tiles.keys[buffer] + chunk * Warp::kLd, tiles.values[buffer] + chunk * Warp::kValueLd,
            [&](int half) { return tiles.distance(key + chunk + column + 16 + 16 * half); }, n - key - chunk);
      }
    }
    buffer = 1 - buffer;
  }
  if (!inside) return;
  warp.each_pair([&](int query, int k, float low, float high) {
    const int row = first + below + query;
    if (row >= n) return;
    float* const to = rows + static_cast<int64_t>(row) * wide + k;
    if (args.d % 4 == 0) {
      if (k < args.d) *reinterpret_cast<float2*>(to) = make_float2(low, high);
    } else {
      if (k < args.d) to[0] = low;
      if (k + 1 < args.d) to[1] = high;
    }
  });
}

struct ProjectArgs {
  const float* x;  // (R, ld), the first C
  int64_t ld;
  gpu::Weights weights;  // (C, C)
  const float *bias, *residual;
  gpu::Rows residual_rows, y_rows;
  float* y;
};

template <Precision kPrecision>
__global__ void project_kernel(ProjectArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_SHARED(places, gpu::RowPlaces);
  SERENE_DYNAMIC_SHARED(memory);
  float* const inputs = reinterpret_cast<float*>(memory);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows, count = args.y_rows.count;
  gpu::find_places(places, args.y_rows, args.residual_rows, args.residual != nullptr, first, count - first);
  const int column = static_cast<int>(blockIdx.y) * gpu::kTileColumns, channels = args.weights.k;
  gpu::copy_rows(inputs, args.x, args.ld, count, first, channels);
  gpu::TileProduct<kPrecision, gpu::kTileRows> product;
  product.clear();
  gpu::add_weights(product, inputs, gpu::tile_lda(channels), tiles, args.weights, column, 0, channels);
  product.each([&](int row, int c, float sum) {
    c += column;
    if (places.y[row] < 0 || c >= args.weights.n) return;
    sum += args.bias[c];
    if (args.residual != nullptr) sum += args.residual[places.residual[row] + c];
    args.y[places.y[row] + c] = sum;
  });
}

}  // namespace serene
