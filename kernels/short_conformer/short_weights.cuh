// Weights of the conformer's products in bf16 as the fragments that they are multiplied as, in chunks of 64
// rows and 64 columns: short_weights_kernel makes them, once a launch of the op.
//
// Column j of lane group g in four fragments beside one another is column 4 g + j of 32. What comes out of a
// product, rows g and g + 8, columns 2 t and 2 t + 1 of four fragments, is then columns 8 t to 8 t + 7 of 32;
// and as the left operand of the next product these are four pairs of its K, two for each step of 16. So lane
// (g, t) multiplies pairs 4 t to 4 t + 3 of every 16.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/weight_tiles.h"
#include "kernels/short_conformer/short_arguments.cuh"

namespace serene {

inline constexpr int kChunk = 64;                       // rows and columns
inline constexpr int kChunkBias = kChunk * kChunk / 2;  // words before what the columns begin from
inline constexpr int kChunkWords = kChunkBias + kChunk;

// How a chunk lies in its matrix, and in shared memory.
enum class ChunkOrder : int {
  plain,
  gated,     // 32 columns, and 32 of their gates, `beside` columns on
  fragment,  // columns by heads of 16, for a product that is an operand of scores: of two heads lane t has
             // 4 t to 4 t + 3 of each
  heads,     // columns by heads of 16
  rows,      // rows by heads of 16, in order
};

struct WeightChunk {
  gpu::Weights matrix;
  ChunkOrder order;
  int row, column;    // the first
  int beside;         // of `gated`
  int last_column;    // columns from here on are nobody's
  int d;              // width of a head
  const float* bias;  // of the matrix's columns, or null
  bool halved;        // its products, and of `gated` the gates: what a tanh takes
};

// A row of the matrix for row k < 64 of the chunk, -1 for none.
SERENE_DEVICE int chunk_row(const WeightChunk& chunk, int k) {
  if (chunk.order != ChunkOrder::rows) return chunk.row + k;
  return k % kShortHead < chunk.d ? k / kShortHead * chunk.d + k % kShortHead : -1;
}

// A column of the matrix for place c < 64 of the chunk, -1 for none.
SERENE_DEVICE int chunk_column(const WeightChunk& chunk, int c) {
  int column = c;
  if (chunk.order == ChunkOrder::gated) {
    column = c % 32;
  } else if (chunk.order == ChunkOrder::fragment || chunk.order == ChunkOrder::heads) {
    if (chunk.order == ChunkOrder::fragment) column = (c & 32) | (c & 4) << 2 | (c & 24) >> 1 | (c & 3);
    const int k = column % kShortHead;
    if (k >= chunk.d) return -1;
    column = column / kShortHead * chunk.d + k;
  }
  column += chunk.column;
  if (column >= chunk.last_column) return -1;
  return chunk.order == ChunkOrder::gated && c >= 32 ? column + chunk.beside : column;
}

SERENE_HOST_DEVICE inline int chunks_of(int columns) { return (columns + kChunk - 1) / kChunk; }
SERENE_HOST_DEVICE inline int count_chunks(const ShortConformerKernelArgs& args) {
  return 2 * chunks_of(args.ff1.w1.n) + 4 + 3 * chunks_of(args.convolution.w2.k) +
         2 * chunks_of(args.ff2.w1.n);
}

// Chunk i of all products in the order of their use.
SERENE_DEVICE WeightChunk chunk_at(const ShortConformerKernelArgs& args, int i) {
  const int d = args.attention.d, channels = args.channels;
  const auto feed_forward = [&](const ShortFeedForwardArgs& ff) -> WeightChunk {
    const int first = i / 2 * kChunk;
    if (i % 2 == 0) return {ff.w1, ChunkOrder::plain, 0, first, 0, ff.w1.n, d, ff.b1, true};
    return {ff.w2, ChunkOrder::plain, first, 0, 0, channels, d, nullptr, false};
  };
  const int first_feed = 2 * chunks_of(args.ff1.w1.n);
  if (i < first_feed) return feed_forward(args.ff1);
  i -= first_feed;
  if (i < 3) {
    return {args.attention.qkv,
            i == 2 ? ChunkOrder::heads : ChunkOrder::fragment,
            0,
            i * channels,
            0,
            (i + 1) * channels,
            d,
            nullptr,
            false};
  }
  i -= 3;
  if (i == 0) return {args.attention.out, ChunkOrder::rows, 0, 0, 0, channels, d, nullptr, false};
  i -= 1;
  const int inner = args.convolution.w2.k;
  if (i < 3 * chunks_of(inner)) {
    const int first = i / 3 * kChunk;
    if (i % 3 == 2) return {args.convolution.w2, ChunkOrder::plain, first, 0, 0, channels, d, nullptr, false};
    return {args.convolution.w1,
            ChunkOrder::gated,
            0,
            first + i % 3 * 32,
            inner,
            inner,
            d,
            args.convolution.b1,
            true};
  }
  i -= 3 * chunks_of(inner);
  return feed_forward(args.ff2);
}

SERENE_DEVICE float chunk_scale(const WeightChunk& chunk, int c) {
  return chunk.halved && (chunk.order != ChunkOrder::gated || c >= 32) ? 0.5f : 1.0f;
}

// Word i of a chunk: [step of 16 rows][two of eight fragments][lane][fragment][half of the step], then as
// floats the columns' bias.
SERENE_DEVICE uint32_t chunk_word(const WeightChunk& chunk, int i) {
  if (i >= kChunkBias) {
    const int c = i - kChunkBias, column = chunk_column(chunk, c);
    const bool there = column >= 0 && chunk.bias != nullptr;
    return __float_as_uint(there ? chunk.bias[column] * chunk_scale(chunk, c) : 0.0f);
  }
  const int step = i / 512, lane = i / 4 % 32, g = lane / 4, t = lane % 4, half = i % 2;
  const int c = i / 256 % 2 * 32 + 4 * g + i / 128 % 2 * 2 + i / 2 % 2, column = chunk_column(chunk, c);
  const int pair =
      chunk.order == ChunkOrder::rows ? 8 * step + 4 * half + t : step / 2 * 16 + 4 * t + step % 2 * 2 + half;
  float values[2];
  SERENE_UNROLL
  for (int j = 0; j < 2; ++j) {
    const int row = chunk_row(chunk, 2 * pair + j);
    const bool there = column >= 0 && row >= 0 && row < chunk.matrix.k;
    values[j] = there ? chunk.matrix.data[(column / 16 * chunk.matrix.k + row) * 16 + column % 16] *
                            chunk_scale(chunk, c)
                      : 0.0f;
  }
  return gpu::pack_bf16(values[0], values[1]);
}

// The place among eight of row i: 0, 2, 4, 6, 1, 3, 5, 7. Row of a place: 0, 4, 1, 5, 2, 6, 3, 7.
SERENE_DEVICE int place_of_row(int row) { return row < 4 ? 2 * row : 2 * row - 7; }
SERENE_DEVICE int row_of_place(int place) { return place / 2 + place % 2 * 4; }

// Word i of the distances of `warps` sixteens: [16 rows from key - query = -16 warps + 1 on][lane][eight
// rows][half of a head's width].
SERENE_DEVICE uint32_t distance_word(const ShortAttentionArgs& args, int warps, int i) {
  const int lane = i / 4 % 32, k = 4 * (lane % 4) + i % 2 * 2;
  const int ahead = i / 128 * 16 + row_of_place(lane / 4) + i / 2 % 2 * 8 - 16 * warps + 1;
  return gpu::pack_bf16(short_distance(args, ahead, k), short_distance(args, ahead, k + 1));
}

// words: the chunks, then the distances. Grid: x over chunks, and one for the distances; y over parts of
// them.
__global__ void short_weights_kernel(ShortConformerKernelArgs args, uint32_t* words) {
  const int chunks = count_chunks(args), chunk = static_cast<int>(blockIdx.x);
  const int first = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  const int step = static_cast<int>(gridDim.y * blockDim.x);
  words += chunk * kChunkWords;
  if (chunk < chunks) {
    const WeightChunk from = chunk_at(args, chunk);
    for (int i = first; i < kChunkWords; i += step) words[i] = chunk_word(from, i);
  } else {
    const int warps = (args.n + 15) / 16;
    for (int i = first; i < 2 * warps * 128; i += step) words[i] = distance_word(args.attention, warps, i);
  }
}

// A warp's product of 16 rows and 32 columns: [fragment][row g, row g, row g + 8, row g + 8].
using WarpSums = float[4][4];

// sums += left (16, 16) times rows [16 step, 16 step + 16) and columns [32 group, 32 group + 32) of a chunk.
SERENE_DEVICE void multiply_step(WarpSums& sums, const uint32_t (&left)[4], const uint32_t* chunk, int step,
                                 int group) {
  const uint32_t* const at = chunk + (4 * step + 2 * group) * 128 + 4 * (static_cast<int>(threadIdx.x) % 32);
  SERENE_UNROLL
  for (int two = 0; two < 2; ++two) {
    const uint4 four = *reinterpret_cast<const uint4*>(at + two * 128);
    const uint32_t right[2][2] = {{four.x, four.y}, {four.z, four.w}};
    gpu::mma_m16n8k16_bf16(sums[2 * two], left, right[0], sums[2 * two]);
    gpu::mma_m16n8k16_bf16(sums[2 * two + 1], left, right[1], sums[2 * two + 1]);
  }
}

// The columns' bias, of [32 group, 32 group + 32).
SERENE_DEVICE void begin_sums(WarpSums& sums, const uint32_t* chunk, int group) {
  const auto* const at = reinterpret_cast<const float*>(chunk + kChunkBias + 32 * group) +
                         8 * (static_cast<int>(threadIdx.x) % 4);
  const float4 low = *reinterpret_cast<const float4*>(at), high = *reinterpret_cast<const float4*>(at + 4);
  SERENE_UNROLL
  for (int i = 0; i < 4; i += 2) {
    sums[0][i] = low.x, sums[1][i] = low.y, sums[2][i] = low.z, sums[3][i] = low.w;
    sums[0][i + 1] = high.x, sums[1][i + 1] = high.y, sums[2][i + 1] = high.z, sums[3][i + 1] = high.w;
  }
}

// sums += left (16, 64) times columns [32 group, 32 group + 32) of a chunk.
SERENE_DEVICE void multiply_chunk(WarpSums& sums, const uint32_t (&left)[4][4], const uint32_t* chunk,
                                  int group) {
  SERENE_UNROLL
  for (int step = 0; step < 4; ++step) multiply_step(sums, left[step], chunk, step, group);
}

// Half of a product's 32 columns as the left operand of a step: columns 8 t + 4 half + i, i < 4, of each
// lane.
SERENE_DEVICE void pack_left(uint32_t (&left)[4], const WarpSums& sums, int half) {
  left[0] = gpu::pack_bf16(sums[0][half], sums[1][half]);
  left[1] = gpu::pack_bf16(sums[0][2 + half], sums[1][2 + half]);
  left[2] = gpu::pack_bf16(sums[2][half], sums[3][half]);
  left[3] = gpu::pack_bf16(sums[2][2 + half], sums[3][2 + half]);
}

// Eight floats; where not kWhole, `count` of them, zeros after. kWhole: eight, aligned to 16 bytes.
template <bool kWhole>
SERENE_DEVICE void load_eight(float (&x)[8], const float* from, int count) {
  if constexpr (kWhole) {
    const float4 low = *reinterpret_cast<const float4*>(from);
    const float4 high = *reinterpret_cast<const float4*>(from + 4);
    x[0] = low.x, x[1] = low.y, x[2] = low.z, x[3] = low.w;
    x[4] = high.x, x[5] = high.y, x[6] = high.z, x[7] = high.w;
  } else {
    SERENE_UNROLL
    for (int i = 0; i < 8; ++i) x[i] = i < count ? from[i] : 0.0f;
  }
}

// visit(sum, i) for each sum and its column 8 t + i.
template <class Visit>
SERENE_DEVICE void each_column(WarpSums& sums, Visit visit) {
  SERENE_UNROLL
  for (int j = 0; j < 4; ++j) {
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) visit(sums[j][i], 4 * (i % 2) + j);
  }
}

}  // namespace serene
