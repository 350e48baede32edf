// Instance normalisation on a GPU, in three kernels: sums of each frame, sums of each clip, the map.
//
// Moves 12 bytes an element, the second read from L2 where the map fits (a clip of 801 x 101 x 64 is 21 MB of
// 50), for 6 FLOP, 3 of them in double: bound by memory, 15 us for that clip on an H200, of which 4 are the
// sums of the clip, where one block adds up 32 channels. As on the CPU, sums are in double and per frame
// first: a variance that is small against the mean wants the digits, and no order depends on the batch.
// Shared memory: 4 KB and 16 KB for the sums.
#pragma once

#include "kernels/common/gpu.h"

namespace serene {

struct InstanceNormKernelArgs {
  float* x;                                    // (B, T, F, C)
  const float *weight, *bias, *slope;          // (C)
  double* sums;                                // (B, T, 2, C) of x and of its square, per frame
  float* affine;                               // (B, 2, C) scale and shift
  int64_t x_batch, x_frame, x_bin;             // strides, floats
  int batch, frames, bins, channels, vectors;  // vectors: of the last kernel, in a bin
  float eps;
};

inline constexpr int kInstanceNormThreads = 256;
inline constexpr int kInstanceNormRows = 32;

// Grid: x over frames, y over clips. Block: x over channels, y over bins. A thread adds up every
// blockDim.y-th bin, in order; the rows of the block are added up as a tree.
__global__ void instance_norm_frame_kernel(InstanceNormKernelArgs args) {
  SERENE_SHARED(parts, double[2][kInstanceNormThreads]);
  const int column = static_cast<int>(threadIdx.x), columns = static_cast<int>(blockDim.x);
  const int row = static_cast<int>(threadIdx.y), rows = static_cast<int>(blockDim.y);
  const int at = row * columns + column;
  const int64_t t = blockIdx.x;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const float* x = args.x + b * args.x_batch + t * args.x_frame;
    double* sums = args.sums + (static_cast<int64_t>(b) * args.frames + t) * 2 * args.channels;
    for (int first = 0; first < args.channels; first += columns) {
      const int c = first + column;
      double sum = 0, square = 0;
      if (c < args.channels) {
#pragma unroll 4
        for (int f = row; f < args.bins; f += rows) {
          const double v = x[f * args.x_bin + c];
          sum += v;
          square += v * v;
        }
      }
      parts[0][at] = sum;
      parts[1][at] = square;
      for (int half = rows / 2; half > 0; half /= 2) {
        __syncthreads();
        if (row < half) {
          parts[0][at] += parts[0][at + half * columns];
          parts[1][at] += parts[1][at + half * columns];
        }
      }
      // Its own thread wrote row 0 last.
      if (row == 0 && c < args.channels) {
        sums[c] = parts[0][at];
        sums[args.channels + c] = parts[1][at];
      }
      __syncthreads();
    }
  }
}

// Grid: x over channels in pieces of 32, y over clips. Block: x over channels, y over frames, shared out and
// added up as in the first kernel.
__global__ void __launch_bounds__(32 * kInstanceNormRows)
    instance_norm_clip_kernel(InstanceNormKernelArgs args) {
  SERENE_SHARED(parts, double[2][kInstanceNormRows][32]);
  const int column = static_cast<int>(threadIdx.x), row = static_cast<int>(threadIdx.y);
  const int c = static_cast<int>(blockIdx.x) * 32 + column;
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    const double* sums = args.sums + static_cast<int64_t>(b) * args.frames * 2 * args.channels + c;
    double sum = 0, square = 0;
    if (c < args.channels) {
#pragma unroll 8
      for (int t = row; t < args.frames; t += kInstanceNormRows) {
        const int64_t frame = static_cast<int64_t>(t) * 2 * args.channels;
        sum += sums[frame];
        square += sums[frame + args.channels];
      }
    }
    parts[0][row][column] = sum;
    parts[1][row][column] = square;
    for (int half = kInstanceNormRows / 2; half > 0; half /= 2) {
      __syncthreads();
      if (row < half) {
        parts[0][row][column] += parts[0][row + half][column];
        parts[1][row][column] += parts[1][row + half][column];
      }
    }
    if (row == 0 && c < args.channels) {
      const double count = static_cast<double>(args.frames) * args.bins;
      const double mean = parts[0][0][column] / count;
      const double variance = fmax(parts[1][0][column] / count - mean * mean, 0.0);
      const double factor = args.weight[c] / sqrt(variance + static_cast<double>(args.eps));
      float* affine = args.affine + static_cast<int64_t>(b) * 2 * args.channels;
      affine[c] = static_cast<float>(factor);
      affine[args.channels + c] = static_cast<float>(args.bias[c] - mean * factor);
    }
    __syncthreads();
  }
}

SERENE_DEVICE float instance_norm_of(float x, float scale, float shift, float slope) {
  const float y = fmaf(x, scale, shift);
  return y >= 0 ? y : slope * y;
}
SERENE_DEVICE float4 instance_norm_of(float4 x, float4 scale, float4 shift, float4 slope) {
  return make_float4(
      instance_norm_of(x.x, scale.x, shift.x, slope.x), instance_norm_of(x.y, scale.y, shift.y, slope.y),
      instance_norm_of(x.z, scale.z, shift.z, slope.z), instance_norm_of(x.w, scale.w, shift.w, slope.w));
}

// Grid: row_grid over frames and bins; a thread has one Vector (float4 or float) of a bin's channels.
template <class Vector>
__global__ void instance_norm_map_kernel(InstanceNormKernelArgs args) {
  const int row = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
  if (row >= args.frames * args.bins) return;
  const int t = row / args.bins, f = row % args.bins;
  const auto* slope = reinterpret_cast<const Vector*>(args.slope);
  for (int b = static_cast<int>(blockIdx.y); b < args.batch; b += static_cast<int>(gridDim.y)) {
    auto* x = reinterpret_cast<Vector*>(args.x + b * args.x_batch + t * args.x_frame + f * args.x_bin);
    const float* affine = args.affine + static_cast<int64_t>(b) * 2 * args.channels;
    const auto* scale = reinterpret_cast<const Vector*>(affine);
    const auto* shift = reinterpret_cast<const Vector*>(affine + args.channels);
    for (int i = static_cast<int>(threadIdx.x); i < args.vectors; i += static_cast<int>(blockDim.x))
      x[i] = instance_norm_of(x[i], scale[i], shift[i], slope[i]);
  }
}

}  // namespace serene
