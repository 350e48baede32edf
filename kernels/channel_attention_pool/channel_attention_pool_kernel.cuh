// Attention pooling with weights a channel, on a GPU. Grid: x over clips and panels of kColumns channels of y
// (a block of columns of PackedMatrix), panels innermost; a block has its panel over all frames, kFrames at a
// time, and a thread one channel of kOwn of these frames, logits and values.
//
// 4 B T C E FLOP for B T C + 2 C E floats: 16 MFLOP and 1.1 MB a clip of 31 frames, C = 512, E = 256, nearly
// all of it weights, which a batch reads from memory once. A clip alone is 16 blocks and bound by the latency
// of its 16 steps along C, which the double buffer hides in part. In batches the FMA units are the bound, 0.3
// us a clip, and shared memory is near: three loads for eight FMA. fp32 throughout, so no tensor cores.
//
// Products, weights and both sums never leave the registers: a thread adds up its frames in the order of
// time, in double, then the kGroups sums of a channel are added in order. The order depends on T alone.
// Shared memory: two buffers of kDepth steps along C of frames and weights, 17 KB, and the sums, 2 KB.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct ChannelAttentionPoolKernelArgs {
  static constexpr int kColumns = 16, kGroups = 8, kOwn = 4, kFrames = kGroups * kOwn, kDepth = 32;
  static constexpr int kThreads = kColumns * kGroups;
  const float* x;                            // (B, T, C)
  const float *att, *cla;                    // (C, E), packed; 16-byte aligned
  const float *att_bias, *cla_bias;          // (E)
  float* y;                                  // (B, E), rows y_stride apart
  float* attention;                          // (B, T, E), or null
  int64_t x_stride[2], attention_stride[2];  // of clips, of frames
  int64_t y_stride;
  int64_t frames;        // T
  int panels;            // of y
  int inputs, channels;  // C, E
};

__global__ void channel_attention_pool_kernel(ChannelAttentionPoolKernelArgs args) {
  using Args = ChannelAttentionPoolKernelArgs;
  constexpr int kColumns = Args::kColumns, kGroups = Args::kGroups, kOwn = Args::kOwn, kDepth = Args::kDepth;
  // Rows 4 floats longer than needed keep float4 aligned, and groups on banks of their own.
  SERENE_SHARED(x_tile, float[2][Args::kFrames][kDepth + 4]);
  SERENE_SHARED(w_tile, float[2][2][kDepth][kColumns]);  // att, cla
  SERENE_SHARED(sums, double[2][kGroups][kColumns]);     // of weights, of weighted values
  const int thread = static_cast<int>(threadIdx.x), column = thread % kColumns, group = thread / kColumns;
  const int64_t b = blockIdx.x / args.panels;
  const int panel = static_cast<int>(blockIdx.x % args.panels), channel = panel * kColumns + column;
  const float* x = args.x + b * args.x_stride[0];  // (T, C)
  const int64_t panel_offset = static_cast<int64_t>(panel) * args.inputs * kColumns;
  const float *att_panel = args.att + panel_offset, *cla_panel = args.cla + panel_offset;  // (C, kColumns)
  float* attention = nullptr;  // (T), attention_stride[1] apart
  if (args.attention != nullptr) attention = args.attention + b * args.attention_stride[0] + channel;
  const bool inside = channel < args.channels;
  const float att_bias = inside ? args.att_bias[channel] : 0.0f;
  const float cla_bias = inside ? args.cla_bias[channel] : 0.0f;

  // Frames from `first` on and weights, kDepth steps along C; zeros beyond either edge.
  const auto stage = [&](int buffer, int64_t first, int depth) {
    for (int i = thread; i < Args::kFrames * kDepth; i += Args::kThreads) {
      const int row = i / kDepth, k = i % kDepth;
      const bool there = first + row < args.frames && depth + k < args.inputs;
      const float* from = there ? x + (first + row) * args.x_stride[1] + depth + k : x;
      gpu::cp_async<4>(&x_tile[buffer][row][k], from, there ? 4 : 0);
    }
    for (int i = thread; i < 2 * kDepth * kColumns / 4; i += Args::kThreads) {
      const int matrix = i / (kDepth * kColumns / 4), k = i / (kColumns / 4) % kDepth;
      const int quarter = i % (kColumns / 4) * 4;
      const bool there = depth + k < args.inputs;
      const float* from = matrix == 0 ? att_panel : cla_panel;
      if (there) from += static_cast<int64_t>(depth + k) * kColumns + quarter;
      gpu::cp_async<16>(&w_tile[buffer][matrix][k][quarter], from, there ? 16 : 0);
    }
  };

  double weight_sum = 0, value_sum = 0;
  for (int64_t first = 0; first < args.frames; first += Args::kFrames) {
    float logits[kOwn], values[kOwn];
    for (int i = 0; i < kOwn; ++i) {
      logits[i] = att_bias;
      values[i] = cla_bias;
    }
    const int steps = (args.inputs + kDepth - 1) / kDepth;
    if (steps > 0) stage(0, first, 0);
    gpu::cp_async_commit();
    for (int step = 0; step < steps; ++step) {
      if (step + 1 < steps) stage((step + 1) % 2, first, (step + 1) * kDepth);
      gpu::cp_async_commit();
      gpu::cp_async_wait<1>();
      __syncthreads();
      const int buffer = step % 2;
#pragma unroll
      for (int k = 0; k < kDepth; k += 4) {
        float att[4], cla[4];
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          att[j] = w_tile[buffer][0][k + j][column];
          cla[j] = w_tile[buffer][1][k + j][column];
        }
#pragma unroll
        for (int i = 0; i < kOwn; ++i) {
          const float4 v = *reinterpret_cast<const float4*>(&x_tile[buffer][group * kOwn + i][k]);
          logits[i] += v.x * att[0];
          values[i] += v.x * cla[0];
          logits[i] += v.y * att[1];
          values[i] += v.y * cla[1];
          logits[i] += v.z * att[2];
          values[i] += v.z * cla[2];
          logits[i] += v.w * att[3];
          values[i] += v.w * cla[3];
        }
      }
      // The buffer is staged anew in the next step.
      __syncthreads();
    }
    for (int i = 0; i < kOwn; ++i) {
      const int64_t t = first + group * kOwn + i;
      if (t >= args.frames) break;
      // Clamped logits need no maximum taken off: e^10 and its sums are far from any limit.
      const float logit = logits[i] < -10.0f ? -10.0f : (logits[i] > 10.0f ? 10.0f : logits[i]);
      const float weight = expf(logit);
      weight_sum += weight;
      value_sum += static_cast<double>(weight) * values[i];
      if (attention != nullptr && inside) attention[t * args.attention_stride[1]] = weight;
    }
  }

  sums[0][group][column] = weight_sum;
  sums[1][group][column] = value_sum;
  __syncthreads();
  if (!inside) return;
  weight_sum = value_sum = 0;
  for (int g = 0; g < kGroups; ++g) {
    weight_sum += sums[0][g][column];
    value_sum += sums[1][g][column];
  }
  if (group == 0) args.y[b * args.y_stride + channel] = static_cast<float>(value_sum / weight_sum);
  if (attention == nullptr) return;
  // Every thread has the weights that it wrote itself.
  for (int64_t first = group * kOwn; first < args.frames; first += Args::kFrames) {
    for (int64_t t = first; t < first + kOwn && t < args.frames; ++t) {
      float* a = attention + t * args.attention_stride[1];
      *a = static_cast<float>(*a / weight_sum);
    }
  }
}

}  // namespace serene
