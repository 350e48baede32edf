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
// distances and the softmax's shares are rounded where they become operands, distances once a launch
// (attention_distances_kernel); scores, maxima and sums are fp32. A tile is put beside the one in use, and
// only 64 rows of distances are new in it: the others stay in a ring. At D = 16 32 KB of shared memory in
// bf16 and 50 KB in tf32, 16 and 12 warps an SM. For 32 queries and 32 keys at D = 16 in bf16 a warp takes
// 313 instructions, as executed on an H200 (78 cycles of an SM's four schedulers), 32 of them exponentials
// (64), 56 cycles of shared memory and 56 of the tensor cores, at 16 exponentials, an access of a warp, and
// 1024 FMA (sm_80's rate) a cycle; and 55 instructions more for its part of a tile's way to shared memory. So
// instructions are the bound, the exponentials next; the schedulers issue in 60% of their cycles. fp32 takes
// 768 cycles, of shared memory. Twenty warps an SM instead of 16 leave too few registers, and take a third
// longer. What was summed up shrinks only where a row's maximum rises by 2^8 and more.
//
// project_kernel, grid x over tiles of 64 rows, y over tiles of 64 channels: the output projection, bias and
// residual. 2 C^2 FLOP a row for 3 C floats.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/query_attention.h"
#include "kernels/common/gpu/row_fragments.h"
#include "kernels/common/gpu/weight_fragments.h"
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

// In bf16 up to 64 channels: as feed_forward_fragment_kernel. Grid: x over `tiles` tiles of 128 rows; 256
// threads. At C = 64 24 KB of weights.
struct NormProjectFragmentArgs {
  NormProjectArgs all;
  int tiles;  // of a block
};

// Dynamic shared memory in bytes: the weight, the norm's weight and bias.
constexpr size_t norm_project_fragment_shared(int steps, int wide) {
  return static_cast<size_t>(gpu::fragment_words(steps, (wide + 15) / 16) + 32 * steps) * 4;
}

template <int kSteps>
__global__ void __launch_bounds__(gpu::kFragmentThreads)
    norm_project_fragment_kernel(NormProjectFragmentArgs fragment) {
  SERENE_DYNAMIC_SHARED(memory);
  const NormProjectArgs& args = fragment.all;
  const int channels = args.weights.k, wide = args.weights.n, panels = (wide + 15) / 16;
  auto* const weights = reinterpret_cast<uint32_t*>(memory);
  auto* const norm = reinterpret_cast<float*>(weights + gpu::fragment_words(kSteps, panels));
  gpu::stage_fragments(weights, args.weights, kSteps, 0, panels);
  gpu::stage_values(norm, args.norm_weight, channels, 16 * kSteps);
  gpu::stage_values(norm + 16 * kSteps, args.norm_bias, channels, 16 * kSteps);
  __syncthreads();
  gpu::each_warp_rows(args.rows.count, fragment.tiles, [&](int64_t first) {
    uint32_t left[kSteps][4];
    gpu::normed_operands<kSteps>(left, args.x, args.rows, first, channels, norm, norm + 16 * kSteps,
                                 args.eps);
    for (int panel = 0; panel < panels; panel += 2) {
      float sums[4][4] = {};
      gpu::add_panel<kSteps>(sums[0], sums[1], left, weights + panel * 128, panels * 128);
      if (panel + 1 < panels)
        gpu::add_panel<kSteps>(sums[2], sums[3], left, weights + (panel + 1) * 128, panels * 128);
      gpu::store_panels(args.y + first * wide + 16 * panel, wide, sums, args.rows.count - first,
                        wide - 16 * panel);
    }
  });
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
  void* table;  // of warp_attention_kernel: (distance_rows, kD) operands, from key - query = -128 tiles on
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

// The distances of a sequence as operands, one after another for keys further and further ahead of their
// query: a block's part of them is a plain copy then. Grid: x over them, 256 eights a block.
template <Precision kPrecision, int kD>
__global__ void attention_distances_kernel(AttentionArgs args, int rows) {
  using Operand = typename WarpAttention<kPrecision, kD>::Operand;
  constexpr int kEights = kD / 8;
  const int i = static_cast<int>(blockIdx.x) * 256 + static_cast<int>(threadIdx.x);
  const int row = i / kEights, k = i % kEights * 8;
  if (row >= rows) return;
  const int ahead = min(max(row - kQueries * static_cast<int>(args.tiles), -args.clip), args.clip);
  float eight[8];
  SERENE_UNROLL
  for (int j = 0; j < 8; ++j)
    eight[j] = k + j < args.d ? args.distances[(k + j) * args.stride + args.clip + ahead] : 0.0f;
  WarpAttention<kPrecision, kD>::Fragment::store_eight(static_cast<Operand*>(args.table) + row * kD + k,
                                                       eight);
}

// A tile of keys and values besides the one in use, and the distances of both: a ring whose row c % 256 is
// that of the key c - 127 ahead of the block's first query. What comes next comes by cp.async while the block
// multiplies; keys and values as floats, which the thread that copied them rounds.
template <Precision kPrecision, int kD>
struct AttentionTiles {
  using Warp = WarpAttention<kPrecision, kD>;
  using Operand = typename Warp::Operand;
  static constexpr int kThreads = kQueries / Warp::kQueries * 32;
  static constexpr int kRing = 256, kFours = kD / 4, kRounds = kKeys * kFours / kThreads;
  static_assert(kRing == kQueries + 2 * kKeys && kKeys * kFours % kThreads == 0);
  Operand keys[2][kKeys * Warp::kLd];
  Operand values[2][kKeys * Warp::kValueLd];
  Operand distances[kRing * Warp::kLd];
  float4 coming[kRounds][2][kThreads];  // keys and values, in fours

  SERENE_DEVICE const Operand* distance(int c) const { return distances + (c & (kRing - 1)) * Warp::kLd; }

  // Begins to copy keys [key, key + 64) and their values, zero from N on.
  SERENE_DEVICE void stage_keys(const AttentionArgs& args, const float* rows, int key) {
    const int thread = static_cast<int>(threadIdx.x), wide = 3 * args.channels;
    const int n = static_cast<int>(args.n), k = thread % kFours * 4;
    const float* from = rows + (key + thread / kFours) * wide + args.channels + k;
    if (args.d % 4 == 0) {
      SERENE_UNROLL
      for (int round = 0; round < kRounds; ++round) {
        const bool there = key + thread / kFours + round * (kThreads / kFours) < n && k < args.d;
        const float* const at = there ? from : rows;
        gpu::cp_async<16>(&coming[round][0][thread], at, there ? 16 : 0);
        gpu::cp_async<16>(&coming[round][1][thread], at + args.channels, there ? 16 : 0);
        from += kThreads / kFours * wide;
      }
    } else {
      for (int i = 0; i < 4 * kRounds; ++i) {
        const int row = key + thread / kFours + i / 4 * (kThreads / kFours);
        const bool there = row < n && k + i % 4 < args.d;
        const float* const at = there ? rows + row * wide + args.channels + k + i % 4 : rows;
        gpu::cp_async<4>(reinterpret_cast<float*>(&coming[i / 4][0][thread]) + i % 4, at, there ? 4 : 0);
        gpu::cp_async<4>(reinterpret_cast<float*>(&coming[i / 4][1][thread]) + i % 4, at + args.channels,
                         there ? 4 : 0);
      }
    }
  }

  // What this thread has copied, when it has come, as operands.
  SERENE_DEVICE void put_keys(int buffer) {
    const int thread = static_cast<int>(threadIdx.x), k = thread % kFours * 4;
    float4 fours[kRounds][2];
    SERENE_UNROLL
    for (int i = 0; i < 2 * kRounds; ++i) fours[i / 2][i % 2] = coming[i / 2][i % 2][thread];
    SERENE_UNROLL
    for (int round = 0; round < kRounds; ++round) {
      const int row = thread / kFours + round * (kThreads / kFours);
      Warp::Fragment::store_four(keys[buffer] + row * Warp::kLd + k, fours[round][0]);
      Warp::Fragment::store_four(values[buffer] + row * Warp::kValueLd + k, fours[round][1]);
    }
  }

  // Begins to copy rows [c, c + kCount) of the ring.
  template <int kCount>
  SERENE_DEVICE void stage_distances(const AttentionArgs& args, int first, int c) {
    constexpr int kWide = 16 / static_cast<int>(sizeof(Operand)), kAcross = kD / kWide;
    static_assert(kCount * kAcross % kThreads == 0);
    const Operand* const from = static_cast<const Operand*>(args.table) +
                                (c - (kQueries - 1) - first + kQueries * static_cast<int>(args.tiles)) * kD;
    SERENE_UNROLL
    for (int round = 0; round < kCount * kAcross / kThreads; ++round) {
      const int i = round * kThreads + static_cast<int>(threadIdx.x), row = i / kAcross,
                k = i % kAcross * kWide;
      gpu::cp_async<16>(distances + ((c + row) & (kRing - 1)) * Warp::kLd + k, from + row * kD + k);
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

  tiles.stage_keys(args, rows, 0);
  tiles.template stage_distances<kQueries + kKeys>(args, first, 0);
  gpu::cp_async_commit();
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
    gpu::cp_async_wait<0>();
    tiles.put_keys(buffer);
    // The tile is there, and the one before is done with.
    __syncthreads();
    if (key + kKeys < n) {
      tiles.stage_keys(args, rows, key + kKeys);
      tiles.template stage_distances<kKeys>(args, first, key + kQueries + kKeys);
      gpu::cp_async_commit();
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

// In bf16 up to 64 channels: as feed_forward_fragment_kernel. At C = 64 8 KB of weights.
struct ProjectFragmentArgs {
  ProjectArgs all;
  gpu::Rows rows;  // of x
  int tiles;       // of a block
};

template <int kSteps>
__global__ void __launch_bounds__(gpu::kFragmentThreads)
    project_fragment_kernel(ProjectFragmentArgs fragment) {
  SERENE_SHARED(weights, uint32_t[gpu::fragment_words(kSteps, kSteps)]);
  SERENE_SHARED(bias, float[16 * kSteps]);
  const ProjectArgs& args = fragment.all;
  const int channels = args.weights.k;
  gpu::stage_fragments(weights, args.weights, kSteps, 0, kSteps);
  gpu::stage_values(bias, args.bias, channels, 16 * kSteps);
  __syncthreads();
  gpu::each_warp_rows(args.y_rows.count, fragment.tiles, [&](int64_t first) {
    uint32_t left[kSteps][4];
    {
      float4 values[2][kSteps];
      gpu::load_rows<kSteps>(values, args.x, gpu::lane_rows(fragment.rows, first), channels);
      gpu::left_operands<kSteps>(left, values);
    }
    float sums[2 * kSteps][4] = {};
    SERENE_UNROLL
    for (int panel = 0; panel < kSteps; ++panel) {
      gpu::add_panel<kSteps>(sums[2 * panel], sums[2 * panel + 1], left, weights + panel * 128, kSteps * 128);
    }
    gpu::store_rows<kSteps>(args.y, gpu::lane_rows(args.y_rows, first), sums, channels, 1.0f, bias,
                            args.residual, gpu::lane_rows(args.residual_rows, first));
  });
}

}  // namespace serene
