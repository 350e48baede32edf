// Feed-forward module on a GPU, one kernel from layer norm to residual. Grid: x over tiles of 64 rows; 256
// threads.
//
// The normed rows stay in shared memory; the hidden layer passes through it 64 channels at a time and never
// leaves the block; the sums of the second product stay in registers, 16 for each 64 output channels. 4 C H
// FLOP a row for 2 or 3 C floats: at C = 64, H = 256 86 to 128 FLOP a byte, plus 128 KB of weights a block
// out of L2. Bound by the CUDA cores in fp32, by shared memory in tf32 and bf16. Shared memory at C = 64: 17
// KB normed rows, 17 KB hidden, 9 KB weights.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/row_fragments.h"
#include "kernels/common/gpu/tanh_activations.h"
#include "kernels/common/gpu/weight_fragments.h"

namespace serene {

struct FeedForwardKernelArgs {
  const float *x, *residual;  // residual may be null
  float* y;
  gpu::Rows x_rows, residual_rows, y_rows;
  const float *norm_weight, *norm_bias;
  float eps, scale;
  gpu::Weights w1, w2;
  const float *b1, *b2;
};

inline constexpr int kHiddenLda = gpu::tile_lda(gpu::kTileColumns);

// Dynamic shared memory in bytes.
constexpr size_t feed_forward_shared(int channels) {
  return static_cast<size_t>(gpu::kTileRows) * static_cast<size_t>(gpu::tile_lda(channels) + kHiddenLda) * 4;
}

// kOutputs: tiles of 64 output channels.
template <Precision kPrecision, int kOutputs>
__global__ void feed_forward_kernel(FeedForwardKernelArgs args) {
  SERENE_SHARED(tiles, gpu::WeightTile[2]);
  SERENE_SHARED(places, gpu::RowPlaces);
  SERENE_DYNAMIC_SHARED(memory);
  const int channels = args.w1.k, hidden = args.w1.n, lda = gpu::tile_lda(channels);
  float* const normed = reinterpret_cast<float*>(memory);
  float* const inner = normed + gpu::kTileRows * lda;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * gpu::kTileRows;

  gpu::find_places(places, args.y_rows, args.residual_rows, args.residual != nullptr, first,
                   args.y_rows.count - first);
  gpu::layer_norm_rows(normed, args.x, args.x_rows, first, channels, args.norm_weight, args.norm_bias,
                       args.eps);
  gpu::TileProduct<kPrecision, gpu::kTileRows> outputs[kOutputs];
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) outputs[i].clear();
  for (int h = 0; h < hidden; h += gpu::kTileColumns) {
    gpu::TileProduct<kPrecision, gpu::kTileRows> product;
    product.clear();
    gpu::add_weights(product, normed, lda, tiles, args.w1, h, 0, channels);
    product.each([&](int row, int column, float sum) {
      const int c = h + column;
      inner[row * kHiddenLda + column] = c < hidden ? gpu::silu(sum + args.b1[c]) : 0.0f;
    });
    const int end = h + gpu::kTileColumns < hidden ? h + gpu::kTileColumns : hidden;
    SERENE_UNROLL
    for (int i = 0; i < kOutputs; ++i)
      gpu::add_weights(outputs[i], inner, kHiddenLda, tiles, args.w2, i * gpu::kTileColumns, h, end);
  }
  SERENE_UNROLL
  for (int i = 0; i < kOutputs; ++i) {
    outputs[i].each([&](int row, int column, float sum) {
      const int c = i * gpu::kTileColumns + column;
      if (places.y[row] < 0 || c >= channels) return;
      sum = args.scale * (sum + args.b2[c]);
      if (args.residual != nullptr) sum += args.residual[places.residual[row] + c];
      args.y[places.y[row] + c] = sum;
    });
  }
}

// In bf16 up to 64 channels, a multiple of four: both weights lie in shared memory while the block goes
// through its rows, a warp has 16 rows at a time in registers, and what the first product gives is the
// second's operand where it is. Grid: x over `tiles` tiles of 128 rows; 256 threads. At C = 64, H = 256 64 KB
// of weights, and 512 bytes of shared memory for 16 k FLOP of a warp.
struct FeedForwardFragmentArgs {
  FeedForwardKernelArgs all;
  int tiles;  // of a block
};

// Dynamic shared memory in bytes: both weights, their biases, the norm's weight and bias.
constexpr size_t feed_forward_fragment_shared(int steps, int hidden) {
  const int panels = (hidden + 15) / 16;
  return static_cast<size_t>(2 * gpu::fragment_words(steps, panels) + 16 * panels + 48 * steps) * 4;
}

// kSteps: 16 channels each.
template <int kSteps>
__global__ void __launch_bounds__(gpu::kFragmentThreads, 2)
    feed_forward_fragment_kernel(FeedForwardFragmentArgs fragment) {
  SERENE_DYNAMIC_SHARED(memory);
  const FeedForwardKernelArgs& args = fragment.all;
  const int channels = args.w1.k, hidden = args.w1.n, panels = (hidden + 15) / 16;
  auto* const w1 = reinterpret_cast<uint32_t*>(memory);
  uint32_t* const w2 = w1 + gpu::fragment_words(kSteps, panels);
  auto* const b1 = reinterpret_cast<float*>(w2 + gpu::fragment_words(panels, kSteps));
  float *const b2 = b1 + 16 * panels, *const norm_weight = b2 + 16 * kSteps,
               *const norm_bias = norm_weight + 16 * kSteps;
  const int thread = static_cast<int>(threadIdx.x);
  gpu::stage_fragments(w1, args.w1, kSteps, 0, panels);
  gpu::stage_fragments(w2, args.w2, panels, 0, kSteps);
  gpu::stage_values(b1, args.b1, hidden, 16 * panels);
  gpu::stage_values(b2, args.b2, channels, 16 * kSteps);
  gpu::stage_values(norm_weight, args.norm_weight, channels, 16 * kSteps);
  gpu::stage_values(norm_bias, args.norm_bias, channels, 16 * kSteps);
  __syncthreads();
  gpu::each_warp_rows(args.x_rows.count, fragment.tiles, [&](int64_t first) {
    uint32_t left[kSteps][4];
    gpu::normed_operands<kSteps>(left, args.x, args.x_rows, first, channels, norm_weight, norm_bias,
                                 args.eps);
    float outputs[2 * kSteps][4] = {};
    for (int panel = 0; panel < panels; ++panel) {
      // Sums begin with the bias.
      const float4 b = *reinterpret_cast<const float4*>(b1 + 16 * panel + thread % 4 * 4);
      float inner[2][4] = {{b.x, b.y, b.x, b.y}, {b.z, b.w, b.z, b.w}};
      gpu::add_panel<kSteps>(inner[0], inner[1], left, w1 + panel * 128, panels * 128);
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        inner[0][i] = gpu::silu_of_twice(0.5f * inner[0][i]);
        inner[1][i] = gpu::silu_of_twice(0.5f * inner[1][i]);
      }
      uint32_t second[1][4];
      gpu::left_operand(second[0], inner[0], inner[1]);
      SERENE_UNROLL
      for (int out = 0; out < kSteps; ++out) {
        gpu::add_panel<1>(outputs[2 * out], outputs[2 * out + 1], second, w2 + (panel * kSteps + out) * 128,
                          0);
      }
    }
    gpu::store_rows<kSteps>(args.y, gpu::lane_rows(args.y_rows, first), outputs, channels, args.scale, b2,
                            args.residual, gpu::lane_rows(args.residual_rows, first));
  });
}

}  // namespace serene
