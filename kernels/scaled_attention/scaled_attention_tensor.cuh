// Attention of a head in bf16 on a GPU, for heads of a multiple of four channels, up to 128, in rows at 16
// bytes. Grid: x over tiles of 128 queries of each clip, y over heads; 256 threads.
//
// A warp has 16 queries in registers, with their logits, the softmax's maxima and sums (arXiv 1805.02867) and
// the outputs; what the first product gives is the second's operand where it is, so that nothing but keys and
// values passes through shared memory. They come 32 at a time through registers, where they are rounded,
// while the ones before are worked on. 4 D FLOP for each pair of a query and a key, 256 FLOP for each float
// of keys and values from L2; a tile of 32 keys is read from shared memory by eight warps. Rows lie 16 kSteps
// + 8 apart, so that ldmatrix meets no bank twice. Shared memory at D = 64: 18 KB.
#pragma once

#include "kernels/common/gpu.h"
#include "kernels/common/gpu/bf16.h"
#include "kernels/common/gpu/ldmatrix.h"
#include "kernels/common/gpu/mma.h"
#include "kernels/scaled_attention/scaled_attention_kernel.cuh"

namespace serene {

inline constexpr int kTensorThreads = 256;
inline constexpr int kTensorQueries = kTensorThreads / 32 * 16;
inline constexpr int kTensorKeys = 32;

// kSteps: of 16 channels.
template <int kSteps>
struct ScaledAttentionTiles {
  static constexpr int kLd = 16 * kSteps + 8;
  gpu::Bf16 keys[2][kTensorKeys * kLd], values[2][kTensorKeys * kLd];
};

template <int kSteps>
__global__ void __launch_bounds__(kTensorThreads, kSteps > 4 ? 1 : 2)
    scaled_attention_tensor_kernel(ScaledAttentionKernelArgs args) {
  using Tiles = ScaledAttentionTiles<kSteps>;
  constexpr int kLd = Tiles::kLd, kQuads = 4 * kSteps,
                kCopies = (kTensorKeys * kQuads - 1) / kTensorThreads + 1;
  SERENE_DYNAMIC_SHARED(memory);
  auto& tiles = *reinterpret_cast<Tiles*>(memory);
  const gpu::RaggedPlace place = gpu::ragged_place(args.clips, kTensorQueries);
  if (place.first >= place.length) return;
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, g = lane / 4, t = lane % 4;
  const int head = static_cast<int>(blockIdx.y), d = args.d;
  const int64_t first = place.first + thread / 32 * 16;  // this warp's queries

  // Keys or values [key, key + 32) of the clip, zeros beyond it and beyond D.
  float4 on_the_way[kCopies];
  const auto fetch = [&](const float* x, int64_t stride, int64_t key) {
    SERENE_UNROLL
    for (int i = 0; i < kCopies; ++i) {
      const int at = thread + kTensorThreads * i, row = at / kQuads, c = at % kQuads * 4;
      on_the_way[i] =
          row < kTensorKeys && key + row < place.length && c < d
              ? *reinterpret_cast<const float4*>(x + (place.begin + key + row) * stride + head * d + c)
              : make_float4(0, 0, 0, 0);
    }
  };
  const auto put = [&](gpu::Bf16* tile) {
    SERENE_UNROLL
    for (int i = 0; i < kCopies; ++i) {
      const int at = thread + kTensorThreads * i, row = at / kQuads, c = at % kQuads * 4;
      if (row >= kTensorKeys) continue;
      *reinterpret_cast<uint2*>(tile + row * kLd + c) = gpu::pack_bf16(on_the_way[i]);
    }
  };

  uint32_t queries[kSteps][4];
  SERENE_UNROLL
  for (int step = 0; step < kSteps; ++step) {
    SERENE_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int64_t query = first + g + i % 2 * 8;
      const int c = 16 * step + 2 * t + i / 2 * 8;
      const float2 two = query < place.length && c < d
                             ? *reinterpret_cast<const float2*>(
                                   args.q + (place.begin + query) * args.q_stride + head * d + c)
                             : make_float2(0, 0);
      queries[step][i] = gpu::pack_bf16(two.x, two.y);
    }
  }
  float gates[2] = {1, 1};
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    if (args.gate != nullptr && first + g + 8 * i < place.length)
      gates[i] = args.gate[(place.begin + first + g + 8 * i) * args.gate_stride + head];
  }
  const float* const bias = args.bias == nullptr ? nullptr : args.bias + head * args.bias_stride;

  float outputs[2 * kSteps][4] = {}, largest[2] = {-1e30f, -1e30f}, totals[2] = {};
  fetch(args.k, args.k_stride, 0);
  put(tiles.keys[0]);
  fetch(args.v, args.v_stride, 0);
  put(tiles.values[0]);
  __syncthreads();
  int turn = 0;
  for (int64_t key = 0; key < place.length; key += kTensorKeys, turn = 1 - turn) {
    const bool more = key + kTensorKeys < place.length;
    const auto left = place.length - key < kTensorKeys ? static_cast<int>(place.length - key) : kTensorKeys;
    if (more) fetch(args.k, args.k_stride, key + kTensorKeys);
    float logits[kTensorKeys / 8][4] = {};
    const gpu::Bf16* const keys = tiles.keys[turn] + (lane / 16 * 8 + lane % 8) * kLd + lane / 8 % 2 * 8;
    SERENE_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      SERENE_UNROLL
      for (int j = 0; j < kTensorKeys / 16; ++j) {
        uint32_t four[4];
        gpu::ldmatrix_x4(four, keys + 16 * j * kLd + 16 * step);
        const uint32_t low[2] = {four[0], four[1]}, high[2] = {four[2], four[3]};
        gpu::mma_m16n8k16_bf16(logits[2 * j], queries[step], low, logits[2 * j]);
        gpu::mma_m16n8k16_bf16(logits[2 * j + 1], queries[step], high, logits[2 * j + 1]);
      }
    }
    if (more) {
      put(tiles.keys[1 - turn]);
      fetch(args.v, args.v_stride, key + kTensorKeys);
    }
    float top[2] = {largest[0], largest[1]};
    SERENE_UNROLL
    for (int j = 0; j < kTensorKeys / 8; ++j) {
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int column = 8 * j + 2 * t + i % 2;
        const int64_t query = first + g + i / 2 * 8;
        float logit = logits[j][i] * args.scale;
        if (bias != nullptr && column < left && query < place.length)
          logit += 1.44269504f * gates[i / 2] * bias[key + column - query];
        logits[j][i] = column < left ? logit : -1e30f;
        top[i / 2] = fmaxf(top[i / 2], logits[j][i]);
      }
    }
    float shrink[2];
    SERENE_UNROLL
    for (int i = 0; i < 2; ++i) {
      top[i] = fmaxf(top[i], __shfl_xor_sync(0xFFFFFFFFu, top[i], 1));
      top[i] = fmaxf(top[i], __shfl_xor_sync(0xFFFFFFFFu, top[i], 2));
      shrink[i] = gpu::exp2_approx(largest[i] - top[i]);
      largest[i] = top[i];
      totals[i] *= shrink[i];
    }
    SERENE_UNROLL
    for (int j = 0; j < kTensorKeys / 8; ++j) {
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) {
        logits[j][i] = gpu::exp2_approx(logits[j][i] - top[i / 2]);
        totals[i / 2] += logits[j][i];
      }
    }
    SERENE_UNROLL
    for (int j = 0; j < 2 * kSteps; ++j) {
      SERENE_UNROLL
      for (int i = 0; i < 4; ++i) outputs[j][i] *= shrink[i / 2];
    }
    const gpu::Bf16* const values = tiles.values[turn] + lane % 16 * kLd + lane / 16 * 8;
    SERENE_UNROLL
    for (int k = 0; k < kTensorKeys / 16; ++k) {
      const uint32_t shares[4] = {gpu::pack_bf16(logits[2 * k][0], logits[2 * k][1]),
                                  gpu::pack_bf16(logits[2 * k][2], logits[2 * k][3]),
                                  gpu::pack_bf16(logits[2 * k + 1][0], logits[2 * k + 1][1]),
                                  gpu::pack_bf16(logits[2 * k + 1][2], logits[2 * k + 1][3])};
      SERENE_UNROLL
      for (int j = 0; j < kSteps; ++j) {
        uint32_t four[4];
        gpu::ldmatrix_x4_trans(four, values + 16 * k * kLd + 16 * j);
        const uint32_t low[2] = {four[0], four[1]}, high[2] = {four[2], four[3]};
        gpu::mma_m16n8k16_bf16(outputs[2 * j], shares, low, outputs[2 * j]);
        gpu::mma_m16n8k16_bf16(outputs[2 * j + 1], shares, high, outputs[2 * j + 1]);
      }
    }
    if (more) put(tiles.values[1 - turn]);
    __syncthreads();
  }
  SERENE_UNROLL
  for (int i = 0; i < 2; ++i) {
    totals[i] += __shfl_xor_sync(0xFFFFFFFFu, totals[i], 1);
    totals[i] += __shfl_xor_sync(0xFFFFFFFFu, totals[i], 2);
    const int64_t query = first + g + 8 * i;
    if (query >= place.length) continue;
    float* const y = args.y + (place.begin + query) * args.y_stride + head * d;
    SERENE_UNROLL
    for (int j = 0; j < 2 * kSteps; ++j) {
      const int c = 8 * j + 2 * t;
      if (c < d)
        *reinterpret_cast<float2*>(y + c) =
            make_float2(outputs[j][2 * i] / totals[i], outputs[j][2 * i + 1] / totals[i]);
    }
  }
}

}  // namespace serene
