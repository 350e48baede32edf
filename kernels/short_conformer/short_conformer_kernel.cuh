// A conformer block over one short sequence in fp32 and tf32, in one block of 256 threads, from the one read
// of its map to the one write. Grid: x over sequences. In bf16: short_warps_kernel.cuh.
//
// The running map h (128, 64) stays in shared memory, and with it what the products read: a module's normed
// rows, and the 64 hidden channels that it has in hand. Every product is one of (128, K) by (K, 64) with its
// weights coming out of L2 (tile_product.h, weight_tiles.h); sums stay in registers until they are added to
// h. Queries, keys and values take the place of both (short_heads.cuh); the taps of the convolution lie where
// the weights' tiles are between products.
//
// At C = 64, N = 101, H = 256, I = 128: 26 MFLOP a sequence for 52 KB read and written, and 440 KB of weights
// and distances, 59 FLOP a byte, out of L2, which holds them for all; 21 GFLOP and 41 MB for a clip of 5 s.
// The residual is read again at the end, out of L2 where it is x. Padding to 128 rows costs a fifth of the
// products. Shared memory: 162 KB, one block an SM. Bound by the CUDA cores in fp32.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/depthwise.h"
#include "kernels/common/gpu/row_tile.h"
#include "kernels/short_conformer/short_arguments.cuh"
#include "kernels/short_conformer/short_heads.cuh"

namespace serene {

SERENE_DEVICE void store_pair(float* to, float low, float high) {
  *reinterpret_cast<float2*>(to) = make_float2(low, high);
}
SERENE_DEVICE void store_pair(gpu::Bf16* to, float low, float high) {
  *reinterpret_cast<uint32_t*>(to) = gpu::pack_bf16(low, high);
}
SERENE_DEVICE void store(float* to, float value) { *to = value; }
SERENE_DEVICE void store(gpu::Bf16* to, float value) { *to = gpu::to_bf16(value); }

// The tiles, and what is done with them.
template <Precision kPrecision>
struct ShortBlock {
  using Heads = FloatHeads;
  using Product = gpu::TileProduct<kPrecision, kShortRows>;
  using Operand = typename Heads::Operand;
  static constexpr int kLd = Heads::kLd, kTile = Heads::kTile, kOwn = Heads::kOwn;
  static constexpr int kMapLd = gpu::tile_lda(kShortColumns);
  static constexpr int kMap = kShortRows * kMapLd;
  static_assert(Heads::kInner * sizeof(Operand) >= kMap * sizeof(float));

  float* h;         // (128, kMapLd)
  Operand* normed;  // (128, kLd)
  Operand* inner;   // (128, kLd), and as fp32 (128, kMapLd)
  float* own;       // of Heads
  gpu::WeightTile (&weights)[2];
  int n, channels;

  // Dynamic shared memory in bytes.
  static constexpr size_t bytes() {
    return (kMap + kOwn) * sizeof(float) + (kTile + Heads::kInner) * sizeof(Operand);
  }

  SERENE_DEVICE float* inner_map() const { return reinterpret_cast<float*>(inner); }

  // Begins to copy a sequence into a tile, zeros around it.
  SERENE_DEVICE void stage(float* tile, const ShortMap& map, int64_t s0, int64_t s1) const {
    const float* const from = map.data + s0 * map.stride_s0 + s1 * map.stride_s1;
    const int wide = map.aligned ? 4 : 1, across = kShortColumns / wide;
    const int c = static_cast<int>(threadIdx.x) % across * wide, left = channels - c;
    for (int row = static_cast<int>(threadIdx.x) / across; row < kShortRows;
         row += gpu::kTileThreads / across) {
      const bool there = row < n && left > 0;
      const float* at = there ? from + row * map.stride_n + c : from;
      float* const to = tile + row * kMapLd + c;
      if (map.aligned) {
        gpu::cp_async<16>(to, at, there ? (left < 4 ? left : 4) * 4 : 0);
      } else {
        gpu::cp_async<4>(to, at, there ? 4 : 0);
      }
    }
    gpu::cp_async_commit();
  }

  // Layer norm of h, zeros around it, into `to`, which may be h. Four lanes share a row, eight apart, so that
  // eight neighbours' float4 meet all banks once; a warp has 16 rows in two turns. A barrier comes before.
  template <class To>
  SERENE_DEVICE void norm(To* to, int ld, const float* weight, const float* bias, float eps) const {
    constexpr int kPart = kShortColumns / 4;
    __syncthreads();
    const int lane = static_cast<int>(threadIdx.x) % 32, first = lane / 8 * kPart;
    for (int turn = 0; turn < 2; ++turn) {
      const int row = static_cast<int>(threadIdx.x) / 32 * 16 + turn * 8 + lane % 8;
      float values[kPart], sum = 0, squares = 0;
      SERENE_UNROLL
      for (int i = 0; i < kPart; i += 4) {
        const float4 four = *reinterpret_cast<const float4*>(h + row * kMapLd + first + i);
        values[i] = four.x, values[i + 1] = four.y, values[i + 2] = four.z, values[i + 3] = four.w;
        sum += (four.x + four.y) + (four.z + four.w);
      }
      sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 8);
      sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 16);
      const float mean = sum / static_cast<float>(channels);
      SERENE_UNROLL
      for (int i = 0; i < kPart; ++i) {
        values[i] -= mean;
        if (first + i < channels) squares += values[i] * values[i];
      }
      squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 8);
      squares += __shfl_xor_sync(0xFFFFFFFFu, squares, 16);
      const float scale = 1 / sqrtf(squares / static_cast<float>(channels) + eps);
      SERENE_UNROLL
      for (int i = 0; i < kPart; ++i) {
        const int c = first + i;
        values[i] = row < n && c < channels ? values[i] * scale * weight[c] + bias[c] : 0.0f;
      }
      SERENE_UNROLL
      for (int i = 0; i < kPart; i += 2) store_pair(to + row * ld + first + i, values[i], values[i + 1]);
    }
  }

  // The tile's columns times rows [k, k_end) and columns [column, column + 64) of a matrix.
  SERENE_DEVICE void multiply(Product& product, const Operand* tile, const gpu::Weights& matrix, int column,
                              int k, int k_end) const {
    gpu::add_weights(product, tile, kLd, weights, matrix, column, k, k_end);
  }

  // h += scale (product + bias)
  SERENE_DEVICE void add(const Product& product, const float* bias, float scale) const {
    product.each([&](int row, int column, float sum) {
      if (column < channels) h[row * kMapLd + column] += scale * (sum + bias[column]);
    });
  }

  SERENE_DEVICE void feed_forward(const ShortFeedForwardArgs& args) const {
    norm(normed, kLd, args.norm_weight, args.norm_bias, args.eps);
    Product outputs;
    outputs.clear();
    for (int first = 0; first < args.w1.n; first += kShortColumns) {
      const int left = args.w1.n - first;
      Product product;
      product.clear();
      multiply(product, normed, args.w1, first, 0, channels);
      product.each_pair([&](int row, int column, float low, float high) {
        const float* const bias = args.b1 + first + column;
        store_pair(inner + row * kLd + column, column < left ? gpu::silu(low + bias[0]) : 0.0f,
                   column + 1 < left ? gpu::silu(high + bias[1]) : 0.0f);
      });
      multiply(outputs, inner, args.w2, 0, first, left < kShortColumns ? args.w1.n : first + kShortColumns);
    }
    add(outputs, args.b2, args.scale);
  }

  SERENE_DEVICE void attention(const ShortAttentionArgs& args) const {
    Heads heads(normed, inner, own, weights);
    norm(normed, kLd, args.norm_weight, args.norm_bias, args.eps);
    if (args.d < kShortHead) heads.clear();
    for (int part = 0; part < 3; ++part) {
      Product product;
      product.clear();
      multiply(product, normed, args.qkv, part * channels, 0, channels);
      product.each([&](int row, int column, float sum) {
        if (column >= channels) return;
        heads.put(part, row, short_column(args, column), part == 0 ? sum * args.scale : sum);
      });
    }
    heads.put_distances(args);
    __syncthreads();
    heads.attend(args.heads, n);
    __syncthreads();
    const Operand* outputs = heads.outputs();
    if (args.d < kShortHead) {
      for (int i = static_cast<int>(threadIdx.x); i < kShortRows * kShortColumns; i += gpu::kTileThreads) {
        const int row = i / kShortColumns, c = i % kShortColumns;
        const bool there = row < n && c < channels;
        normed[row * kLd + c] = there ? outputs[row * kLd + short_column(args, c)] : Operand{};
      }
      outputs = normed;
    }
    Product product;
    product.clear();
    multiply(product, outputs, args.out, 0, 0, channels);
    add(product, args.out_bias, 1);
  }

  // A thread has 32 positions of one channel of the depthwise convolution.
  SERENE_DEVICE void convolution(const ShortConvolutionArgs& args) const {
    constexpr int kPositions = 16, kStep = gpu::kTileThreads / kShortColumns;
    static_assert(2 * kPositions * kStep == kShortRows);
    static_assert(kShortTaps * kShortColumns * sizeof(float) <= 2 * sizeof(gpu::WeightTile));
    float* const gated = inner_map();
    float* const taps = reinterpret_cast<float*>(weights);  // (count, 64)
    norm(normed, kLd, args.norm_weight, args.norm_bias, args.eps);
    Product outputs;
    outputs.clear();
    const int all = args.w2.k;
    for (int first = 0; first < all; first += kShortColumns) {
      const int left = all - first;
      gate(args, gated, first);
      const int c = static_cast<int>(threadIdx.x) % kShortColumns;
      const int part = static_cast<int>(threadIdx.x) / kShortColumns;
      const bool there = c < left;
      for (int tap = part; tap < args.count; tap += kStep)
        taps[tap * kShortColumns + c] = there ? args.taps[tap * all + first + c] : 0.0f;
      __syncthreads();
      float sums[2][kPositions];
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int begin = (2 * part + half) * kPositions - args.count / 2;
        const auto input = [&](int row) {
          row += begin;
          return row >= 0 && row < kShortRows ? gated[row * kMapLd + c] : 0.0f;
        };
        SERENE_UNROLL
        for (int i = 0; i < kPositions; ++i) sums[half][i] = there ? args.taps_bias[first + c] : 0.0f;
        gpu::add_depthwise(sums[half], input, taps + c, kShortColumns, args.count);
      }
      __syncthreads();
      SERENE_UNROLL
      for (int i = 0; i < 2 * kPositions; ++i)
        store(inner + (2 * part * kPositions + i) * kLd + c, gpu::silu(sums[i / kPositions][i % kPositions]));
      multiply(outputs, inner, args.w2, 0, first, left < kShortColumns ? all : first + kShortColumns);
    }
    add(outputs, args.b2, 1);
  }

  // Channels [first, first + 64) of the gated map, zeros around it.
  SERENE_DEVICE void gate(const ShortConvolutionArgs& args, float* gated, int first) const {
    const int all = args.w2.k, left = all - first;
    Product product;
    product.clear();
    multiply(product, normed, args.w1, first, 0, channels);
    product.each([&](int row, int column, float sum) {
      const bool there = row < n && column < left;
      gated[row * kMapLd + column] = there ? sum + args.b1[first + column] : 0.0f;
    });
    product.clear();
    multiply(product, normed, args.w1, all + first, 0, channels);
    product.each([&](int row, int column, float sum) {
      if (column < left) gated[row * kMapLd + column] *= gpu::sigmoid(sum + args.b1[all + first + column]);
    });
  }
};

template <Precision kPrecision>
__global__ void __launch_bounds__(gpu::kTileThreads, 1)
    short_conformer_kernel(ShortConformerKernelArgs args) {
  using Block = ShortBlock<kPrecision>;
  using Operand = typename Block::Operand;
  SERENE_SHARED(weights, gpu::WeightTile[2]);
  SERENE_DYNAMIC_SHARED(memory);
  float* const h = reinterpret_cast<float*>(memory);
  float* const own = h + Block::kMap;
  Operand* const normed = reinterpret_cast<Operand*>(own + Block::kOwn);
  const Block block{h, normed, normed + Block::kTile, own, weights, args.n, args.channels};
  const int64_t s0 = blockIdx.x / args.s1, s1 = blockIdx.x % args.s1;

  block.stage(h, args.x, s0, s1);
  gpu::cp_async_wait<0>();
  block.feed_forward(args.ff1);
  block.attention(args.attention);
  block.convolution(args.convolution);
  block.feed_forward(args.ff2);
  if (args.residual.data != nullptr) block.stage(block.inner_map(), args.residual, s0, s1);
  block.norm(h, Block::kMapLd, args.norm_weight, args.norm_bias, args.norm_eps);
  gpu::cp_async_wait<0>();
  __syncthreads();
  float* const y = args.y + s0 * args.y_stride_s0 + s1 * args.y_stride_s1;
  const int c = static_cast<int>(threadIdx.x) % kShortColumns;
  if (c >= args.channels) return;
  for (int row = static_cast<int>(threadIdx.x) / kShortColumns; row < args.n;
       row += gpu::kTileThreads / kShortColumns) {
    const float plus = args.residual.data == nullptr ? 0.0f : block.inner_map()[row * Block::kMapLd + c];
    y[row * args.y_stride_n + c] = h[row * Block::kMapLd + c] + plus;
  }
}

}  // namespace serene
