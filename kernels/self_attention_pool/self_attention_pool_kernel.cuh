// Structured self-attention on a GPU, in two kernels: scores, a warp a row; softmax and sums, a block a clip
// and hop.
//
// Reads P + H E floats a row, the E of the second and later hops from L2, for (1 + 2 H) P + 2 H E FLOP, in
// double where they are sums. A clip alone is bound by latency: 1,500 rows of 256 channels are 1,500 steps of
// a thread's sum, unrolled by eight, some 60 us; batches and hops run side by side. Shared memory: two
// numbers a warp.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

inline constexpr int kSelfPoolThreads = 256, kSelfPoolWarps = kSelfPoolThreads / 32;

struct SelfAttentionPoolKernelArgs {
  const float *x, *projected, *v;
  int64_t x_stride, projected_stride, v_stride, y_stride, attention_stride;
  const int64_t* begin;  // (clips + 1)
  int64_t rows;
  int channels, width, hops;  // E, P, H
  double* scores;             // (R, H): scores, then shares
  float *y, *attention;       // attention may be null
};

// Grid: x over eights of rows.
__global__ void __launch_bounds__(kSelfPoolThreads)
    self_attention_scores_kernel(SelfAttentionPoolKernelArgs args) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kSelfPoolWarps + threadIdx.x / 32;
  if (row >= args.rows) return;
  const float* const projected = args.projected + row * args.projected_stride;
  for (int hop = 0; hop < args.hops; ++hop) {
    double score = 0;
    for (int i = lane; i < args.width; i += 32)
      score += static_cast<double>(args.v[hop * args.v_stride + i]) * tanhf(projected[i]);
    score = gpu::warp_sum(score);
    if (lane == 0) args.scores[row * args.hops + hop] = score;
  }
}

// Grid: x over clips and hops, hops innermost.
__global__ void __launch_bounds__(kSelfPoolThreads)
    self_attention_pool_kernel(SelfAttentionPoolKernelArgs args) {
  SERENE_SHARED(warp_largest, double[kSelfPoolWarps]);
  SERENE_SHARED(warp_total, double[kSelfPoolWarps]);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int64_t clip = blockIdx.x / static_cast<unsigned>(args.hops);
  const int hop = static_cast<int>(blockIdx.x % static_cast<unsigned>(args.hops));
  const int64_t begin = args.begin[clip], frames = args.begin[clip + 1] - begin;
  double* const scores = args.scores + begin * args.hops + hop;

  double largest = -INFINITY;
  for (int64_t t = thread; t < frames; t += kSelfPoolThreads) largest = fmax(largest, scores[t * args.hops]);
  largest = gpu::warp_max(largest);
  if (lane == 0) warp_largest[warp] = largest;
  __syncthreads();
  for (double other : warp_largest) largest = fmax(largest, other);
  double sum = 0;
  for (int64_t t = thread; t < frames; t += kSelfPoolThreads) {
    const double power = exp(scores[t * args.hops] - largest);
    scores[t * args.hops] = power;
    sum += power;
  }
  sum = gpu::warp_sum(sum);
  if (lane == 0) warp_total[warp] = sum;
  __syncthreads();
  sum = 0;
  for (double part : warp_total) sum += part;
  for (int64_t t = thread; t < frames; t += kSelfPoolThreads) {
    const double share = scores[t * args.hops] / sum;
    scores[t * args.hops] = share;
    if (args.attention != nullptr)
      args.attention[(begin + t) * args.attention_stride + hop] = static_cast<float>(share);
  }
  __syncthreads();
  const float* const x = args.x + begin * args.x_stride;
  float* const y = args.y + clip * args.y_stride + static_cast<int64_t>(hop) * args.channels;
  for (int i = thread; i < args.channels; i += kSelfPoolThreads) {
    double pooled = 0;
#pragma unroll 8
    for (int64_t t = 0; t < frames; ++t) pooled += scores[t * args.hops] * x[t * args.x_stride + i];
    y[i] = static_cast<float>(pooled);
  }
}

}  // namespace serene
