// Convolution module of a conformer on a GPU, in two kernels over a workspace of (R, I), R = S0 S1 N.
//
// gated_project_kernel, grid x over tiles of 64 rows, y over tiles of 64 inner channels: layer norm, values
// and gates as two products over the same rows, and their GLU. 4 C FLOP an inner channel and row; the layer
// norm is done again for each tile of channels, I / 64 times (2 at C = 64), which spares a map in memory.
//
// depthwise_project_kernel, grid x over sequences and tiles of 64 positions: for 64 inner channels at a time
// the tile and a halo of taps - 1 rows come to shared memory, a thread runs 16 positions of one channel over
// the taps, and what comes out is multiplied with W2 at once; sums stay in registers. (2 taps + 2 C) I FLOP a
// position for I (1 + 30 / 64) + 2 C floats: at C = 64, I = 128 32 FLOP a byte. Shared memory at 31 taps: 24
// KB tile and halo, 8 KB taps, 17 KB results, 9 KB weights.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/depthwise.h"
#include "kernels/common/gpu/row_fragments.h"
#include "kernels/common/gpu/tanh_activations.h"
#include "kernels/common/gpu/weight_fragments.h"

namespace serene {

struct GatedProjectArgs {
  const float* x;
  gpu::Rows rows;
  const float *norm_weight, *norm_bias;
  float eps;
  gpu::Weights weights;  // (C, 2 I)
  const float* bias;     // (2 I)
  float* y;              // (R, I)
};

template <Precision kPrecision>
__global__ void gated_project_kernel(GatedProjectArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_DYNAMIC_SHARED(memory);
  float* const normed = reinterpret_cast<float*>(memory);
  const int channels = args.weights.k, lda = gpu::tile_lda(channels), inner = args.weights.n / 2;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows;
  const int column = static_cast<int>(blockIdx.y) * gpu::kTileColumns;
  gpu::layer_norm_rows(normed, args.x, args.rows, first, channels, args.norm_weight, args.norm_bias,
                       args.eps);
  gpu::TileProduct<kPrecision, gpu::kTileRows> values, gates;
  values.clear();
  gates.clear();
  gpu::add_weights(values, normed, lda, tiles, args.weights, column, 0, channels);
  gpu::add_weights(gates, normed, lda, tiles, args.weights, inner + column, 0, channels);
  values.each_with(gates, [&](int row, int c, float value, float gate) {
    c += column;
    if (first + row >= args.rows.count || c >= inner) return;
    gate += args.bias[inner + c];
    args.y[(first + row) * inner + c] = (value + args.bias[c]) * gpu::sigmoid(gate);
  });
}

struct DepthwiseProjectArgs {
  const float* x;     // (S0 S1, N, I)
  int64_t n, tiles;   // positions of a sequence, and tiles of them
  int count;          // taps
  const float* taps;  // (count, I)
  const float* taps_bias;
  gpu::Weights weights;  // (I, C)
  const float *bias, *residual;
  gpu::Rows residual_rows, y_rows;
  float* y;
};

// Dynamic shared memory in bytes.
constexpr size_t depthwise_project_shared(int taps) {
  return static_cast<size_t>(gpu::kTileColumns) * static_cast<size_t>(gpu::kTileRows + 2 * taps - 1) *
             sizeof(float) +
         static_cast<size_t>(gpu::kTileRows) * gpu::tile_lda(gpu::kTileColumns) * sizeof(float);
}

// kOutputs: tiles of 64 output channels.
template <Precision kPrecision, int kOutputs>
__global__ void depthwise_project_kernel(DepthwiseProjectArgs args) {
  constexpr int kLda = gpu::tile_lda(gpu::kTileColumns), kPositions = gpu::kTileRows / 4;
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_SHARED(places, gpu::RowPlaces);
  SERENE_DYNAMIC_SHARED(memory);
  float* const results = reinterpret_cast<float*>(memory);   // (64, kLda)
  float* const taps = results + gpu::kTileRows * kLda;       // (count, 64)
  float* const map = taps + args.count * gpu::kTileColumns;  // (64 + count - 1, 64)
  const int thread = static_cast<int>(threadIdx.x), inner = args.weights.k;
  const int64_t sequence = blockIdx.x / args.tiles, first = blockIdx.x % args.tiles * gpu::kTileRows;
  const float* const x = args.x + sequence * args.n * inner;
  gpu::find_places(places, args.y_rows, args.residual_rows, args.residual != nullptr,
                   sequence * args.n + first, args.n - first);

  gpu::TileProduct<kPrecision, gpu::kTileRows> outputs[kOutputs];
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) outputs[i].clear();
  const int c = thread % gpu::kTileColumns, part = thread / gpu::kTileColumns;
  for (int channel = 0; channel < inner; channel += gpu::kTileColumns) {
    const bool there = channel + c < inner;
    for (int row = part; row < gpu::kTileRows + args.count - 1; row += 4) {
      const int64_t position = first + row - args.count / 2;
      map[row * gpu::kTileColumns + c] =
          there && position >= 0 && position < args.n ? x[position * inner + channel + c] : 0.0f;
    }
    for (int tap = part; tap < args.count; tap += 4)
      taps[tap * gpu::kTileColumns + c] = there ? args.taps[tap * inner + channel + c] : 0.0f;
    __syncthreads();
    float sums[kPositions];
    SERENE_UNROLL
    for (int i = 0; i < kPositions; ++i) sums[i] = there ? args.taps_bias[channel + c] : 0.0f;
    const float* from = map + part * kPositions * gpu::kTileColumns + c;
    gpu::add_depthwise(
        sums, [&](int row) { return from[row * gpu::kTileColumns]; }, taps + c, gpu::kTileColumns,
        args.count);
    SERENE_UNROLL
    for (int i = 0; i < kPositions; ++i) results[(part * kPositions + i) * kLda + c] = gpu::silu(sums[i]);
    const int end = channel + gpu::kTileColumns < inner ? channel + gpu::kTileColumns : inner;
    SERENE_UNROLL
    for (int i = 0; i < kOutputs; ++i)
      gpu::add_weights(outputs[i], results, kLda, tiles, args.weights, i * gpu::kTileColumns, channel, end);
  }
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) {
    outputs[i].each([&](int row, int column, float sum) {
      const int channel = i * gpu::kTileColumns + column;
      if (places.y[row] < 0 || channel >= args.weights.n) return;
      sum += args.bias[channel];
      if (args.residual != nullptr) sum += args.residual[places.residual[row] + channel];
      args.y[places.y[row] + channel] = sum;
    });
  }
}

// In bf16 up to 64 channels, a multiple of four, and 128 inner ones, a multiple of 16, the map between the
// kernels is bf16, too.
//
// gated_project_fragment_kernel: as feed_forward_fragment_kernel; x over `tiles` tiles of 128 rows. At C =
// 64, I = 128 32 KB of weights.
struct GatedProjectFragmentArgs {
  GatedProjectArgs all;
  gpu::Bf16* y;  // (R, I), instead of all.y
  int tiles;     // of a block
};

// Dynamic shared memory in bytes: the weights of values and of gates, their biases, the norm's weight and
// bias.
constexpr size_t gated_project_fragment_shared(int steps, int inner) {
  const int panels = (inner + 15) / 16;
  return static_cast<size_t>(2 * gpu::fragment_words(steps, panels) + 32 * panels + 32 * steps) * 4;
}

template <int kSteps>
__global__ void __launch_bounds__(gpu::kFragmentThreads)
    gated_project_fragment_kernel(GatedProjectFragmentArgs fragment) {
  SERENE_DYNAMIC_SHARED(memory);
  const GatedProjectArgs& args = fragment.all;
  const int channels = args.weights.k, inner = args.weights.n / 2, panels = inner / 16;
  auto* const values = reinterpret_cast<uint32_t*>(memory);
  uint32_t* const gates = values + gpu::fragment_words(kSteps, panels);
  auto* const bias = reinterpret_cast<float*>(gates + gpu::fragment_words(kSteps, panels));
  float *const norm_weight = bias + 2 * inner, *const norm_bias = norm_weight + 16 * kSteps;
  const int thread = static_cast<int>(threadIdx.x), t = thread % 4;
  gpu::stage_fragments(values, args.weights, kSteps, 0, panels);
  gpu::stage_fragments(gates, args.weights, kSteps, panels, panels);
  gpu::stage_values(bias, args.bias, 2 * inner, 2 * inner);
  gpu::stage_values(norm_weight, args.norm_weight, channels, 16 * kSteps);
  gpu::stage_values(norm_bias, args.norm_bias, channels, 16 * kSteps);
  __syncthreads();
  gpu::each_warp_rows(args.rows.count, fragment.tiles, [&](int64_t first) {
    uint32_t left[kSteps][4];
    gpu::normed_operands<kSteps>(left, args.x, args.rows, first, channels, norm_weight, norm_bias, args.eps);
    const int64_t row = first + thread % 32 / 4;
    gpu::Bf16* const y = fragment.y + row * inner;
    const bool there[2] = {row < args.rows.count, row + 8 < args.rows.count};
    for (int panel = 0; panel < panels; ++panel) {
      const int c = 16 * panel + 4 * t;
      const float4 b = *reinterpret_cast<const float4*>(bias + c);
      const float4 d = *reinterpret_cast<const float4*>(bias + inner + c);
      float value[2][4] = {{b.x, b.y, b.x, b.y}, {b.z, b.w, b.z, b.w}};
      float gate[2][4] = {{d.x, d.y, d.x, d.y}, {d.z, d.w, d.z, d.w}};
      gpu::add_panel<kSteps>(value[0], value[1], left, values + panel * 128, panels * 128);
      gpu::add_panel<kSteps>(gate[0], gate[1], left, gates + panel * 128, panels * 128);
      SERENE_UNROLL
      for (int half = 0; half < 2; ++half) {
        SERENE_UNROLL
        for (int i = 0; i < 4; ++i) value[half][i] *= gpu::sigmoid_of_twice(0.5f * gate[half][i]);
      }
      SERENE_UNROLL
      for (int i = 0; i < 2; ++i) {
        if (there[i])
          *reinterpret_cast<uint2*>(y + 8 * i * inner + c) =
              make_uint2(gpu::pack_bf16(value[0][2 * i], value[0][2 * i + 1]),
                         gpu::pack_bf16(value[1][2 * i], value[1][2 * i + 1]));
      }
    }
  });
}

// depthwise_project_fragment_kernel, grid x over sequences and runs of `span` tiles of 64 positions: weights
// and taps come to shared memory once; all inner channels of a tile and its halo come while the tile before
// is worked on. A thread runs 16 positions of two channels over the taps; then each warp multiplies 16
// positions by 32 output channels. Shared memory at 31 taps, I = 128, C = 64: 2 x 24 KB map, 16 KB taps, 17
// KB results, 16 KB weights: two blocks a multiprocessor.
struct DepthwiseProjectFragmentArgs {
  DepthwiseProjectArgs all;
  const gpu::Bf16* x;  // (S0 S1, N, I), instead of all.x
  int span, spans;     // tiles of a block, and blocks of a sequence
};

inline constexpr int kFragmentInner = 128;  // channels a block has room for
inline constexpr int kResultLd =
    kFragmentInner + 8;  // bf16 between rows of results: ldmatrix meets no bank twice
inline constexpr int kFragmentInnerSteps = kFragmentInner / 16;

// Dynamic shared memory in bytes.
constexpr size_t depthwise_project_fragment_shared(int taps) {
  return static_cast<size_t>(gpu::fragment_words(kFragmentInnerSteps, gpu::kMostFragmentSteps)) * 4 +
         static_cast<size_t>(gpu::kTileRows) * kResultLd * 2 +
         static_cast<size_t>(taps) * kFragmentInner * 4 +
         2 * static_cast<size_t>(gpu::kTileRows + taps - 1) * kFragmentInner * 2;
}

__global__ void __launch_bounds__(gpu::kFragmentThreads, 2)
    depthwise_project_fragment_kernel(DepthwiseProjectFragmentArgs fragment) {
  constexpr int kPositions = gpu::kTileRows / 4, kWords = kFragmentInner / 2;
  SERENE_SHARED(bias, float[16 * gpu::kMostFragmentSteps]);
  SERENE_DYNAMIC_SHARED(memory);
  const DepthwiseProjectArgs& args = fragment.all;
  auto* const weights = reinterpret_cast<uint32_t*>(memory);
  uint32_t* const results =
      weights + gpu::fragment_words(kFragmentInnerSteps, gpu::kMostFragmentSteps);        // (64, kResultLd)
  auto* const taps = reinterpret_cast<float*>(results + gpu::kTileRows * kResultLd / 2);  // (count, 128)
  auto* const maps =
      reinterpret_cast<uint32_t*>(taps + args.count * kFragmentInner);  // 2 (64 + count - 1, 64)
  const int thread = static_cast<int>(threadIdx.x), inner = args.weights.k, steps = inner / 16;
  const int rows = gpu::kTileRows + args.count - 1;
  const int64_t sequence = blockIdx.x / fragment.spans;
  const int64_t begin = blockIdx.x % fragment.spans * fragment.span;
  const int64_t end = begin + fragment.span < args.tiles ? begin + fragment.span : args.tiles;
  const gpu::Bf16* const x = fragment.x + sequence * args.n * inner;
  const auto fetch = [&](int64_t tile, uint32_t* map) {
    const int eighths = inner / 8;
    for (int i = thread; i < rows * eighths; i += gpu::kFragmentThreads) {
      const int row = i / eighths, c = i - row * eighths;
      const int64_t position = tile * gpu::kTileRows + row - args.count / 2;
      const bool inside = position >= 0 && position < args.n;
      gpu::cp_async<16>(map + row * kWords + 4 * c, inside ? x + position * inner + 8 * c : x,
                        inside ? 16 : 0);
    }
    gpu::cp_async_commit();
  };
  fetch(begin, maps);
  gpu::stage_fragments(weights, args.weights, steps, 0, gpu::kMostFragmentSteps);
  const int c = thread % kWords, part = thread / kWords;
  const bool there = 2 * c < inner;
  for (int tap = part; tap < args.count; tap += 4) {
    *reinterpret_cast<float2*>(taps + tap * kFragmentInner + 2 * c) =
        there ? make_float2(args.taps[tap * inner + 2 * c], args.taps[tap * inner + 2 * c + 1])
              : make_float2(0, 0);
  }
  const float2 taps_bias =
      there ? make_float2(args.taps_bias[2 * c], args.taps_bias[2 * c + 1]) : make_float2(0, 0);
  gpu::stage_values(bias, args.bias, args.weights.n, 16 * gpu::kMostFragmentSteps);
  const int warp = thread / 32, lane = thread % 32, column = 32 * (warp % 2);

  for (int64_t tile = begin; tile < end; ++tile) {
    uint32_t* const map = maps + (tile - begin) % 2 * rows * kWords;
    gpu::cp_async_wait<0>();
    __syncthreads();
    if (tile + 1 < end) fetch(tile + 1, maps + (tile + 1 - begin) % 2 * rows * kWords);
    if (there) {
      float low[kPositions], high[kPositions];
      SERENE_UNROLL
      for (int i = 0; i < kPositions; ++i) low[i] = taps_bias.x, high[i] = taps_bias.y;
      // Eight taps at a time, as add_depthwise, for two channels.
      constexpr int kTaps = 8;
      const uint32_t* const from = map + part * kPositions * kWords + c;
      for (int tap = 0; tap < args.count; tap += kTaps) {
        float2 inputs[kPositions + kTaps - 1];
        SERENE_UNROLL
        for (int i = 0; i < kPositions + kTaps - 1; ++i) {
          inputs[i] = tap + i < kPositions + args.count - 1 ? gpu::unpack_bf16(from[(tap + i) * kWords])
                                                            : make_float2(0, 0);
        }
        SERENE_UNROLL
        for (int j = 0; j < kTaps; ++j) {
          // Not a weight of zero: an infinity elsewhere would become a NaN here.
          if (tap + j >= args.count) continue;
          const float2 weight = *reinterpret_cast<const float2*>(taps + (tap + j) * kFragmentInner + 2 * c);
          SERENE_UNROLL
          for (int i = 0; i < kPositions; ++i) {
            low[i] = __fmaf_rn(weight.x, inputs[i + j].x, low[i]);
            high[i] = __fmaf_rn(weight.y, inputs[i + j].y, high[i]);
          }
        }
      }
      // In the order of weight_fragments.h for ldmatrix: pair r of eight is the instruction's r / 2 + 4 (r %
      // 2).
      uint32_t* const to = results + part * kPositions * kResultLd / 2 + c / 8 * 8 + c % 8 / 2 + c % 2 * 4;
      SERENE_UNROLL
      for (int i = 0; i < kPositions; ++i)
        to[i * kResultLd / 2] =
            gpu::pack_bf16(gpu::silu_of_twice(0.5f * low[i]), gpu::silu_of_twice(0.5f * high[i]));
    }
    __syncthreads();

    // Warp: rows 16 (warp / 2) on, columns 32 (warp % 2) on.
    float sums[4][4] = {};
    const uint32_t* const row = results + (warp / 2 * 16 + lane % 16) * kResultLd / 2 + lane / 16 * 4;
    for (int step = 0; step < steps; ++step) {
      uint32_t left[1][4];
      gpu::ldmatrix_x4(left[0], row + 8 * step);
      const uint32_t* const panel = weights + (step * gpu::kMostFragmentSteps + warp % 2 * 2) * 128;
      gpu::add_panel<1>(sums[0], sums[1], left, panel, 0);
      gpu::add_panel<1>(sums[2], sums[3], left, panel + 128, 0);
    }
    gpu::LaneRows y, residual;
    SERENE_UNROLL
    for (int i = 0; i < 2; ++i) {
      const int64_t position = tile * gpu::kTileRows + warp / 2 * 16 + lane / 4 + 8 * i;
      const auto r = static_cast<uint32_t>(sequence * args.n + position);
      y.at[i] = position < args.n ? gpu::row_offset_32(args.y_rows, r) + column : -1;
      residual.at[i] = position < args.n && args.residual != nullptr
                           ? gpu::row_offset_32(args.residual_rows, r) + column
                           : -1;
    }
    gpu::store_rows<2>(args.y, y, sums, args.weights.n - column, 1.0f, bias + column, args.residual,
                       residual);
  }
}

}  // namespace serene
