// Attention pooling on a GPU. Grid: x over clips; a block has a clip. For the logits a warp has a frame at a
// time, for the softmax a thread every kThreads-th frame, for the sum over time a thread a channel.
//
// Reads B T E floats, the second time from the caches, for 4 B T E FLOP in double: 32 KB and 32 kFLOP a clip
// of 31 frames of 256 channels. A clip alone is bound by latency, some us, and so is a batch up to a block
// for each multiprocessor; beyond that the reads from memory are 0.01 us a clip. Shared memory: a number a
// warp, twice.
//
// One block a clip rather than one for each piece of its channels: each of those would need all logits, which
// is half of the work.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct AttentionPoolKernelArgs {
  static constexpr int kThreads = 256;
  const float* x;       // (B, T, E)
  const float* u;       // (E)
  float* y;             // (B, E), rows y_stride apart
  float* attention;     // (B, T), rows attention_stride apart, or null
  double* weight;       // (B, T) scratch: logits, then a
  int64_t x_stride[2];  // of clips, of frames
  int64_t y_stride, attention_stride;
  int64_t frames;  // T
  int channels;    // E
};

__global__ void attention_pool_kernel(AttentionPoolKernelArgs args) {
  constexpr int kThreads = AttentionPoolKernelArgs::kThreads, kWarps = kThreads / 32;
  SERENE_SHARED(warp_largest, double[kWarps]);
  SERENE_SHARED(warp_total, double[kWarps]);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int64_t b = blockIdx.x;
  const float* x = args.x + b * args.x_stride[0];  // (T, E)
  double* weight = args.weight + b * args.frames;  // (T)

  double largest = -INFINITY;
  for (int64_t t = warp; t < args.frames; t += kWarps) {
    const float* row = x + t * args.x_stride[1];
    double logit = 0;
#pragma unroll 8
    for (int i = lane; i < args.channels; i += 32) logit += static_cast<double>(args.u[i]) * row[i];
    logit = gpu::warp_sum(logit);
    largest = logit > largest ? logit : largest;
    if (lane == 0) weight[t] = logit;
  }
  if (lane == 0) warp_largest[warp] = largest;
  __syncthreads();
  for (double other : warp_largest) largest = other > largest ? other : largest;

  // From here to the sum over time every frame's weight is one thread's alone.
  double sum = 0;
  for (int64_t t = thread; t < args.frames; t += kThreads) {
    weight[t] = exp(weight[t] - largest);
    sum += weight[t];
  }
  sum = gpu::warp_sum(sum);
  if (lane == 0) warp_total[warp] = sum;
  __syncthreads();
  sum = 0;
  for (double part : warp_total) sum += part;
  float* attention = args.attention == nullptr ? nullptr : args.attention + b * args.attention_stride;  // (T)
  for (int64_t t = thread; t < args.frames; t += kThreads) {
    const double a = weight[t] / sum;
    weight[t] = a;
    if (attention != nullptr) attention[t] = static_cast<float>(a);
  }
  __syncthreads();

  float* y = args.y + b * args.y_stride;  // (E)
  for (int i = thread; i < args.channels; i += kThreads) {
    double pooled = 0;
#pragma unroll 8
    for (int64_t t = 0; t < args.frames; ++t) pooled += weight[t] * x[t * args.x_stride[1] + i];
    y[i] = static_cast<float>(pooled);
  }
}

}  // namespace serene
