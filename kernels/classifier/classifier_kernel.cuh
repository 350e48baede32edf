// The classifier on a GPU. Grid: x over clips; a block has a clip, a warp a block of 16 columns of a layer's
// weights (a panel of PackedMatrix) at a time.
//
// Per clip 2 H (E + K) FLOP and 4 H (E + K) bytes of weights: 67 kFLOP and 133 KB at E = 256, H = 128, K = 4.
// For a clip alone the time is a few rounds to memory, some us; in batches the weights come from the
// second-level cache, 8.5 MB of reads for 64 clips, 2 us. One launch rather than one a layer: a launch costs
// more than either layer.
//
// Four lanes read the 16 columns of one k as float4, the warp eight k at once, 512 bytes in a run. A lane
// adds up every eighth k, then the eight sums are added by halves: the order depends on the layer alone. The
// hidden layer goes through the workspace, which has no limit on H; a block reads back only what it wrote.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct ClassifierKernelArgs {
  static constexpr int kWarps = 8;
  const float* embedding;  // (B, E), rows embedding_stride apart
  const float *w1, *w2;    // (E, H), (H, K), packed; 16-byte aligned
  const float *b1, *b2;    // (H), (K)
  float* hidden;           // (B, H)
  float* log_posterior;    // (B, K), rows log_posterior_stride apart
  int64_t embedding_stride, log_posterior_stride;
  int width, hiddens, classes;  // E, H, K
};

// out = row W + bias, or its positive part; all warps of the block together. row (K), out (N).
SERENE_DEVICE void classifier_layer(const float* row, int k_count, const float* packed, const float* bias,
                                    bool relu, float* out, int n_count) {
  constexpr int kColumns = 16, kSlices = 8;  // of a panel; values of k that a warp has at once
  const int lane = static_cast<int>(threadIdx.x % 32), column = lane % 4 * 4, slice = lane / 4;
  const int panels = (n_count + kColumns - 1) / kColumns;
  for (int p = static_cast<int>(threadIdx.x / 32); p < panels; p += ClassifierKernelArgs::kWarps) {
    const float* panel = packed + static_cast<int64_t>(p) * k_count * kColumns + column;
    float sum[4] = {};
#pragma unroll 8
    for (int k = slice; k < k_count; k += kSlices) {
      const float4 w = *reinterpret_cast<const float4*>(panel + static_cast<int64_t>(k) * kColumns);
      const float x = row[k];
      sum[0] += x * w.x;
      sum[1] += x * w.y;
      sum[2] += x * w.z;
      sum[3] += x * w.w;
    }
    for (float& s : sum) {
      for (int apart = 16; apart >= 4; apart /= 2) s += __shfl_xor_sync(0xFFFFFFFFu, s, apart);
    }
    if (slice != 0) continue;
    for (int i = 0; i < 4; ++i) {
      const int n = p * kColumns + column + i;
      if (n >= n_count) break;
      const float value = sum[i] + bias[n];
      out[n] = relu && value < 0.0f ? 0.0f : value;
    }
  }
}

__global__ void classifier_kernel(ClassifierKernelArgs args) {
  const int64_t b = blockIdx.x;
  float* hidden = args.hidden + b * args.hiddens;
  float* logits = args.log_posterior + b * args.log_posterior_stride;
  classifier_layer(args.embedding + b * args.embedding_stride, args.width, args.w1, args.b1, true, hidden,
                   args.hiddens);
  __syncthreads();
  classifier_layer(hidden, args.hiddens, args.w2, args.b2, false, logits, args.classes);
  __syncthreads();
  if (threadIdx.x < 32) gpu::log_softmax(logits, args.classes, logits);
}

}  // namespace serene
